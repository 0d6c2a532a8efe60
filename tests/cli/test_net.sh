#!/bin/sh
# test_net.sh — gan net: a network's layers as a table, as JSON and as a drawing; all three agree with what
# the description says and with the counts that training prints.
. tests/cli/checks.sh

for net in tiny dcgan-mnist r3gan-small mnist-classifier; do
    works "$net" "$gan" net $net --svg "$work/net.svg"
    cp "$work/out" "$work/table"
    works "$net as JSON" "$gan" net $net --json
    cp "$work/out" "$work/json"
    layers=$(grep -c '"layer": "' "$work/json")
    equal "$net: a row a layer, beside head and sum" \
        "$(grep -vc -e '^$' -e '^[a-z]*$' -e ': images of' -e '^  layer ' -e '^  total' "$work/table")" "$layers"
    equal "$net: a box a layer" "$(grep -c '<rect' "$work/net.svg")" "$layers"
    equal "$net: the layers' parameters make the sum" \
        "$(sed -n 's/.*"layer": "[^"]*".*"parameters": \([0-9]*\).*/\1/p' "$work/json" | awk '{n += $1} END {print n}')" \
        "$(sed -n 's/.*"layer": null.*"parameters": \([0-9]*\).*/\1/p' "$work/json" | awk '{n += $1} END {print n}')"
done

# By hand: of the 14 x 5 taps of an axis 3 lie in the padding, so 2 x 67 x 67 x 8; and 4 for each number
# that gets its bias and LeakyReLU.
works "tiny" "$gan" net tiny --json
has() { # has NAME PATTERN: a line of the output
    if grep -q "$2" "$work/out"; then ok "$1"; else not_ok "$1" "$(cat "$work/out")" "$2"; fi
}
has "a convolution" '"discriminator", "layer": "conv0", .*"height": 14, "width": 14, "channels": 8, "parameters": 208, "flops": 78096.0'
has "a dense layer: 784 times and added, and the bias" '"layer": "dense0", .*"parameters": 785, "flops": 1572.0'
has "memory" '"discriminator", "layer": "flatten0", .*"bytes": 3136}'

cat > "$work/own.yaml" << 'END'
name: own-drawn
image: {height: 8, width: 8, channels: 1}
latent: 4
generator:
  - dense: 64
  - reshape: [8, 8, 1]
  - residual: [conv: {channels: 1, kernel: 3, padding: 1}, tanh]
discriminator:
  - branches: {join: concat, of: [[conv: {channels: 2, kernel: 1}], [conv: {channels: 2, kernel: 1}], []]}
  - flatten
  - dense: 1
END
works "blocks and branches" "$gan" net "$work/own.yaml" --svg "$work/own.svg"
has "what a sum reads" 'add0 .*of tanh0 + reshape0'
has "what branches read" 'concat0 .*of conv0, conv1, input'
equal "a line for each input that is not the layer before" "$(grep -c 'class="skip"' "$work/own.svg")" 4
equal "the drawing ends" "$(tail -n 1 "$work/own.svg")" "</svg>"
works "no table" "$gan" net tiny --quiet
equal "nothing is printed" "$(wc -c < "$work/out")" 0

refuses "no network" 2 "one network is to be named" "$gan" net
refuses "an unknown network" 66 "tiny" "$gan" net tinny
refuses "no such folder" 73 "none" "$gan" net tiny --quiet --svg "$work/none/x.svg"
verdict
