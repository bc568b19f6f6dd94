#!/bin/sh
# Draws the PNG icons from icon.svg. Needs rsvg-convert (Debian: librsvg2-bin). The PNGs are committed.
set -eu
cd "$(dirname "$0")"
for size in 192 512; do
  rsvg-convert -w $size -h $size icon.svg -o icon-$size.png
done
# Launchers cut a maskable icon to their own shape: colour to the edge, the drawing in the inner 80 %.
sed -e 's|rx="22" ||' -e 's|viewBox="0 0 96 96"|viewBox="-12 -12 120 120"|' \
    -e 's|<rect width="96" height="96"|<rect x="-12" y="-12" width="120" height="120"|' icon.svg |
  rsvg-convert -w 512 -h 512 -o icon-maskable-512.png
