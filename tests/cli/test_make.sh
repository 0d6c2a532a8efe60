#!/bin/sh
# test_make.sh — on a machine that has no compiler yet, make still says what it can do and installs one;
# what needs a compiler says so.
. tests/cli/checks.sh
unset MAKEFLAGS MAKELEVEL CUDA CUDA_HOME CUDNN_HOME CUDA_ARCH

works "help without a compiler" make help CC=no-such-compiler
equal "help: the line of demo" "$(grep -c '^  demo  *install what is missing' "$work/out")" 1
works "deps without a compiler" make -n deps CC=no-such-compiler
refuses "all without a compiler" 2 "no-such-compiler.*make deps" make all CC=no-such-compiler

# A toolkit and an old cuDNN beside it: what is missing is said, and the rest is built without it.
mkdir -p "$work/cuda/bin" "$work/cuda/include" "$work/cuda/lib64"
: > "$work/cuda/bin/nvcc" && chmod +x "$work/cuda/bin/nvcc"
: > "$work/cuda/lib64/libcublas.so.13"
: > "$work/cuda/lib64/libcudnn.so.9"
: > "$work/cuda/include/cudnn.h"
echo '#define CUDNN_BACKEND_ENGINE_DESCRIPTOR' > "$work/cuda/include/cudnn_graph.h"
works "cuda beside an old cuDNN" make cuda CUDA_HOME="$work/cuda" BUILD="$work/build"
equal "it is said" "$(grep -c '^no CUDA (cuDNN 9.8 or newer not found)$' "$work/out")" 1
refuses "CUDA=1 beside an old cuDNN" 2 "CUDA=1, but there is no cuDNN 9.8 or newer" \
    make cuda CUDA=1 CUDA_HOME="$work/cuda" BUILD="$work/build"

# A whole toolkit, and a machine with the GPUs of $capabilities: what the plugin would be built for.
echo '#define CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR' > "$work/cuda/include/cudnn_graph.h"
cat > "$work/cuda/bin/nvcc" << 'END'
#!/bin/sh
case $1 in
--list-gpu-arch) printf 'compute_%s\n' 75 80 86 87 89 90 100 120 ;;
--version) echo "Cuda compilation tools, release 13.0, V13.0.88" ;;
esac
END
mkdir "$work/bin"
printf '#!/bin/sh\n[ -n "$capabilities" ] && printf "%%s\\n" $capabilities\n' > "$work/bin/nvidia-smi"
chmod +x "$work/bin/nvidia-smi"
capabilities=''
export capabilities
PATH=$work/bin:$PATH
built_for() { # built_for NAME WANTED MAKE'S WORDS...: machine code of these, and PTX of "+" that one
    check=$1 wanted=$2; shift 2
    made=$(make -n V=1 "$@" CUDA_HOME="$work/cuda" BUILD="$work/build" 2>&1)
    equal "$check" "$(printf '%s\n' "$made" | grep -m 1 -- '-c -o .*/kernels/adam.o' | grep -o 'code=[a-z]*_[0-9]*' |
        sed 's/code=sm_//; s/code=compute_/+/' | paste -sd ' ' -)" "$wanted"
}
every="75 80 86 89 90 100 120 +80"
built_for "no GPU" "" all
equal "it is said, with what builds it" \
    "$(printf '%s\n' "$made" | grep -c 'CUDA 13.0, .* no GPU: no plugin (make CUDA=1 builds one')" 1
built_for "no GPU, CUDA=1" "$every" all CUDA=1
built_for "no GPU, CUDA_ARCH=all" "$every" all CUDA_ARCH=all
built_for "no GPU, CUDA_ARCH" "80 90 +80" all "CUDA_ARCH=80 90"
built_for "no GPU, the tests" "$every" check
built_for "no GPU, the plugin alone" "$every" cuda
capabilities="9.0" built_for "one GPU" "90 +90" all
capabilities="9.0" built_for "one GPU, no CUDA" "" all CUDA=0
capabilities="9.0" built_for "one GPU, the tests" "$every" check
capabilities="9.0 8.0 9.0" built_for "two kinds of GPUs" "80 90 +80" all
capabilities="8.7" built_for "a GPU that only nvcc knows" "87 +87" all
capabilities="13.0" built_for "a GPU that nvcc does not know" "$every" all
capabilities="6.1" built_for "a GPU that gan.c cannot use" "" all
mkdir -p "$work/build" && echo "80 90" > "$work/build/cuda-arch"
built_for "what was built before" "80 90 +80" all
capabilities="9.0" built_for "what was built before serves" "80 90 +80" all
capabilities="7.5" built_for "what was built before does not serve" "75 +75" all

# What is compiled is counted, what is not is passed on, and the exit code is make's.
cat > "$work/counted.mk" << 'END'
all: a b
	@echo done
a b:
	@echo "  CC    $@"
	@: > $@
END
works "counted" sh mk/counted.sh make -C "$work" -f counted.mk all
equal "counted: lines" "$(grep -v '^make' "$work/out" | sort | tr '\n' '|')" "[1/2] CC    a|[2/2] CC    b|done|"
rm "$work/b"
works "counted, one left" sh mk/counted.sh make -C "$work" -f counted.mk all
equal "counted, one left: lines" "$(grep -v '^make' "$work/out" | tr '\n' '|')" "[1/1] CC    b|done|"
capture sh mk/counted.sh make -C "$work" -f counted.mk none
equal "counted: make's exit code" "$code" 2
verdict
