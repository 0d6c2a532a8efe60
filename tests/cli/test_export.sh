#!/bin/sh
# test_export.sh — gan export without the tools that it is for: files are those that the tools were
# given when tests/exchange/check.py --record looked (recorded/pads.txt has their digests and what the
# tools computed), and the program computes the same; what is refused, with which words.
. tests/cli/checks.sh
recorded=$(pwd -P)/tests/exchange/recorded
checkpoint=$recorded/pads.safetensors
cd "$work" || exit 1
version=$("$gan" --version | cut -d' ' -f2)

# The first 12 numbers of an array of N samples, behind its header of 128 bytes.
numbers() { tail -c +129 "$1" | od -An -v -tf4 | tr -s ' \n' '\n\n' | sed '/^$/d' | head -12; }

# close_to FILE NUMBERS: 1e-5 apart at most, by the size of those above 1.
close_to() {
    numbers "$1" > got
    echo "$2" | tr ' ' '\n' | paste got - | awk '
        { d = $1 - $2; d = d < 0 ? -d : d; s = $2 < 0 ? -$2 : $2; if (!(d <= 1e-5 * (s > 1 ? s : 1))) bad = bad " " $0 }
        END { print NR == 12 && bad == "" ? "close" : "off:" bad }'
}

works "the witness" "$build/tests/exchange/witness" "$checkpoint" witness
while read -r format network digest wanted; do
    case $format in
    pytorch) file=net.safetensors files="net.py net.safetensors" ;;
    *) file=net.$format files=net.$format ;;
    esac
    rm -f net.*
    works "$format of the $network" "$gan" export "$checkpoint" -o "$file" --network "$network" --no-precise-bn
    # shellcheck disable=SC2086  # several files
    equal "$format of the $network: bytes" "$(cat $files | sed "s/$version/VERSION/g" | sha256sum | cut -d' ' -f1)" "$digest"
    [ "$network" = generator ] && array=images || array=logits
    equal "$format of the $network: numbers" "$(close_to "witness/$array.npy" "$wanted")" close
done < "$recorded/pads.txt"

rm -f net.*
works "both files are named" "$gan" export "$checkpoint" -o net.safetensors
equal "both files are named: which" "$(tr '\n' ' ' < out)" "net.safetensors net.py "
if command -v python3 > /dev/null 2>&1; then
    works "the code compiles" python3 -m py_compile net.py
fi
# The header of a safetensors file names its tensors; their shapes are PyTorch's.
shape() { head -c 8192 net.safetensors | tr '}' '\n' | grep -a "\"$1\"" | sed 's/.*"shape":\(\[[0-9,]*\]\).*/\1/'; }
equal "a dense kernel" "$(shape main.0.weight)" "[36,5]"
equal "a transposed convolution" "$(shape main.2.weight)" "[3,4,4,3]"
equal "a moving mean" "$(shape main.1.running_mean)" "[36]"
equal "steps of batch_norm" "$(shape main.1.num_batches_tracked)" "[]"
works "the plain weights" "$gan" export "$checkpoint" -o plain.safetensors --no-averaged --json
equal "the plain weights: said" "$(grep -c '"averaged": false' out)" 1
equal "the plain weights: others" "$(cmp -s plain.safetensors net.safetensors && echo same)" ""

works "the oldest opset" "$gan" export "$checkpoint" -o oldest.onnx --opset oldest
works "opset 9" "$gan" export "$checkpoint" -o nine.onnx --opset 9
same_file "the oldest opset of these layers is 9" oldest.onnx nine.onnx
equal "ONNX says who wrote it" "$(grep -ac "gan.c.*$version" nine.onnx)" 1
works "bytes" "$gan" export "$checkpoint" -o bytes.onnx --bytes --opset 13

# HDF5's bytes are its library's: the same twice, and the model's layers in plain sight.
if nm "$gan" 2> /dev/null | grep -q H5Fcreate; then
    works "Keras" "$gan" export "$checkpoint" -o net.keras --network discriminator
    works "Keras again" env TZ=Asia/Tokyo "$gan" export "$checkpoint" -o again.keras --network discriminator
    same_file "Keras' files do not know the time" again.keras net.keras
    equal "Keras' layers" "$(grep -ao '"class_name": "[A-Z][A-Za-z0-9]*", "config": {"name": "[a-z_0-9]*"' net.keras |
        sed 's/"class_name": "\([A-Za-z0-9]*\)".*"\([a-z_0-9]*\)"/\1=\2/' | tr '\n' ' ')" \
        "Functional=discriminator InputLayer=images ZeroPadding2D=conv0_padding Conv2D=conv0 LeakyReLU=leaky_relu0 \
Conv2D=conv1 Conv2D=conv2 LeakyReLU=leaky_relu1 Add=add0 Conv2D=conv3 "
    works "Keras' weights" "$gan" export "$checkpoint" -o net.weights.h5 --json
    equal "Keras' weights: how many" "$(sed 's/.*"tensors": \([0-9]*\),.*/\1/' out)" 18
else
    refuses "Keras without HDF5" 1 "this build has no HDF5" "$gan" export "$checkpoint" -o net.keras
fi

works "a folder of arrays" "$gan" export "$checkpoint" -o arrays/
equal "a folder of arrays: names" "$(ls arrays | head -3 | tr '\n' ' ')" \
    "g.batch_norm0.beta.npy g.batch_norm0.gamma.npy g.batch_norm0.moving_mean.npy "
works "an archive" "$gan" export "$checkpoint" -o net.npz
works "an archive again" env TZ=Asia/Tokyo "$gan" export "$checkpoint" -o again.npz
same_file "archives do not know the time" again.npz net.npz

before=$(find . ! -name out ! -name err | sort)
no() { # no NAME CODE TEXT FLAGS...
    check=$1 wanted=$2 text=$3; shift 3
    refuses "$check" "$wanted" "$text" "$gan" export "$@"
}
no "no output" 2 "say where to, by -o FILE" "$checkpoint"
no "no checkpoint" 2 "usage: gan export CHECKPOINT" -o x.npz
no "an unknown ending" 2 "x.pkl: the ending says no format: it is one of .safetensors" "$checkpoint" -o x.pkl
no "an unknown format" 2 "unknown format 'pytorhc' (did you mean 'pytorch'?). The formats are pytorch, " \
    "$checkpoint" -o x.npz --to pytorhc
no "another format's ending" 2 "x.npz: a file of the format pytorch ends in .safetensors" "$checkpoint" -o x.npz --to pytorch
no "an unknown network" 2 "pads.safetensors: no network 'generatro' in it (did you mean 'generator'?)" \
    "$checkpoint" -o x.npz --network generatro
no "a discriminator's average" 2 "only generators are averaged" "$checkpoint" -o x.npz --network discriminator --averaged
no "an opset too old" 2 "opset 8: this network can be said in 9 to 17" "$checkpoint" -o x.onnx --opset 8
no "an opset too new" 2 "opset 99: this network can be said in 9 to 17" "$checkpoint" -o x.onnx --opset 99
no "no opset" 2 "'new' is neither a number nor oldest" "$checkpoint" -o x.onnx --opset new
no "an opset of another format" 2 "x.npz: an opset and an output of bytes are for the format onnx" \
    "$checkpoint" -o x.npz --opset 9
no "a discriminator's bytes" 2 "the discriminator gives none" "$checkpoint" -o x.onnx --bytes --network discriminator
no "a missing file" 66 "nothing.safetensors" nothing.safetensors -o x.npz
no "an empty folder" 66 "no checkpoint in it" witness -o x.npz
no "no folder for it" 73 "none/x.npz" "$checkpoint" -o none/x.npz
equal "nothing is written" "$(find . ! -name out ! -name err | sort)" "$before"
verdict
