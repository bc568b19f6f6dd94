#!/bin/sh
# Fetches the third-party files of the pages from npm, at pinned versions, and refuses anything whose
# SHA-256 is not the one written here. The files are committed: a build needs neither npm nor a network.
# Run it from anywhere, after changing a version here, then read the diff.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# take PACKAGE VERSION FILE-IN-PACKAGE NAME-HERE SHA256
take() {
  tarball=$(npm pack --silent "$1@$2")
  mkdir unpacked && tar -xzf "$tarball" -C unpacked
  echo "$5  unpacked/package/$3" | sha256sum --check --quiet
  cp "unpacked/package/$3" "$here/$4"
  rm -rf unpacked "$tarball"
  echo "$4: $1 $2"
}

take lean-qr 2.7.4 index.mjs                    lean-qr.js         0ce41cd6f92cc23cf057a1df7e1b3876767d678665dd65af4e1d22b4fad967dc
take lean-qr 2.7.4 LICENSE                      lean-qr.LICENSE    dc672b829e054d6c102da8776d327f26f27edc1f88740c1878a7ca5b9f74da73
take htm 3.1.1 preact/standalone.module.js      htm-preact.js      72284e8e9079c87817145df1110f74e8a2aa040b2fc384922e18dfcb46fc1fd7
take htm 3.1.1 LICENSE                          htm-preact.LICENSE 740725f7252e750af735d0028cc534970772f513331e9f68150fede8fb3ce00f
take preact 10.19.3 LICENSE                     preact.LICENSE     1fe6958409c8c257a70c587a18b6f7f412b179b456630790d30b2ec9a8e4b7d4 # it is inside htm-preact.js

# The scanner: a BarcodeDetector, and the reader it starts. The wasm must be of exactly the version that
# barcode-detector was built against (its ZXING_WASM_VERSION): the next patch release crashes in it.
# ponyfill.js imports ./zxing-exported.js, so that file keeps its name.
take barcode-detector 3.2.2 dist/es/ponyfill.js       barcode-detector.js      009a5585abd30198fb5fbdfca4a0c6555747a6da308442462adc47f101e9605a
take barcode-detector 3.2.2 dist/es/zxing-exported.js zxing-exported.js        96594fe045ebae09ffc7c22901a7efda1874736b937cf2006470f0bdc92bb551
take barcode-detector 3.2.2 LICENSE                   barcode-detector.LICENSE fb506e4ade12d7a9efa67c9d76a9a28c8e15d347ca49a69e48e29b40b34ad2ab
take zxing-wasm 3.1.3 dist/reader/zxing_reader.wasm   zxing_reader.wasm        2ebda08a93eea3efcd8399cda6b276e6a0b1de4fec60b4d8988a047de4c6d1ba
take zxing-wasm 3.1.3 LICENSE                         zxing-wasm.LICENSE       fb506e4ade12d7a9efa67c9d76a9a28c8e15d347ca49a69e48e29b40b34ad2ab
