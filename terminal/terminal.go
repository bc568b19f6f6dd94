// Package terminal draws barcodes and QR symbols with characters, so that a
// scanner or a phone's camera reads them from a terminal's window.
package terminal

import (
	"fmt"
	"strings"

	"github.com/boombuler/barcode/code128"
	"rsc.io/qr"
)

// Quiet zones in modules, as ISO/IEC 18004 and ISO/IEC 15417 ask for.
const (
	quietQR      = 4
	quietCode128 = 10
)

// barcodeLines is the height of a barcode in lines of text: about a seventh of
// its width, enough for a scanner held by hand.
const barcodeLines = 6

// Black on white whatever the terminal's theme: scanners do not read inverted
// symbols. Colours 16 and 231 are the fixed ones of the 256, which themes leave alone.
const (
	inkOn  = "\x1b[38;5;16;48;5;231m"
	inkOff = "\x1b[0m"
)

// Ink says how to draw.
type Ink bool

// Plain draws with characters alone, for a dark print on light paper. Painted
// sets black and white explicitly, for terminals.
const (
	Plain   Ink = false
	Painted Ink = true
)

// QR draws text as a QR symbol at level M, two modules to a character's height.
func QR(text string, ink Ink) (string, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", fmt.Errorf("terminal: %w", err)
	}
	size := code.Size + 2*quietQR
	black := func(x, y int) bool { return code.Black(x-quietQR, y-quietQR) } // false outside
	var b strings.Builder
	for y := 0; y < size; y += 2 {
		line(&b, ink, size, func(x int) rune { return vertical(black(x, y), black(x, y+1)) })
	}
	return b.String(), nil
}

// Barcode draws text as Code 128, two modules to a character's width: 18 digits
// take 77 columns, which fits a terminal of 80.
func Barcode(text string, ink Ink) (string, error) {
	code, err := code128.Encode(text)
	if err != nil {
		return "", fmt.Errorf("terminal: %w", err)
	}
	modules := code.Bounds().Dx()
	black := func(x int) bool {
		x -= quietCode128
		if x < 0 || x >= modules {
			return false
		}
		r, _, _, _ := code.At(x, 0).RGBA()
		return r == 0
	}
	var b strings.Builder
	for range barcodeLines {
		line(&b, ink, (modules+2*quietCode128+1)/2, func(x int) rune { return horizontal(black(2*x), black(2*x+1)) })
	}
	return b.String(), nil
}

func line(b *strings.Builder, ink Ink, columns int, at func(x int) rune) {
	if ink == Painted {
		b.WriteString(inkOn)
	}
	for x := range columns {
		b.WriteRune(at(x))
	}
	if ink == Painted {
		b.WriteString(inkOff)
	}
	b.WriteByte('\n')
}

func vertical(upper, lower bool) rune { return half(upper, lower, '▀', '▄') }

func horizontal(left, right bool) rune { return half(left, right, '▌', '▐') }

func half(first, second bool, onlyFirst, onlySecond rune) rune {
	switch {
	case first && second:
		return '█'
	case first:
		return onlyFirst
	case second:
		return onlySecond
	}
	return ' '
}

// Group writes digits in groups of four, as people read them out.
func Group(digits string) string {
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(d)
	}
	return b.String()
}
