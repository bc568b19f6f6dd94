package terminal

import (
	"slices"
	"strings"
	"testing"

	"rsc.io/qr"
)

const (
	digits = "701234567893326376"
	text   = "PC10400EPYD2M0WH43R0EGH078DWWWX4GCT9Z86M9HKQ9Z0"
)

// modules turns a drawing back into black and white cells.
func modules(t *testing.T, drawing string, tall bool) [][]bool {
	t.Helper()
	var rows [][]bool
	for l := range strings.Lines(drawing) {
		var upper, lower, wide []bool
		for _, r := range strings.TrimSuffix(l, "\n") {
			top, bottom := r == '█' || r == '▀', r == '█' || r == '▄'
			left, right := r == '█' || r == '▌', r == '█' || r == '▐'
			upper, lower, wide = append(upper, top), append(lower, bottom), append(wide, left, right)
		}
		if tall {
			rows = append(rows, upper, lower)
		} else {
			rows = append(rows, wide)
		}
	}
	return rows
}

func TestQRHasItsModulesAndQuietZone(t *testing.T) {
	drawing, err := QR(text, Plain)
	if err != nil {
		t.Fatal(err)
	}
	rows := modules(t, drawing, true)
	want, err := qr.Encode(text, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) < want.Size+2*4 || len(rows[0]) != want.Size+2*4 {
		t.Fatalf("size = %d × %d, want %d", len(rows[0]), len(rows), want.Size+8)
	}
	for y, row := range rows {
		for x, got := range row {
			if got != want.Black(x-4, y-4) {
				t.Fatalf("module %d, %d is black: %v", x, y, got)
			}
		}
	}
}

// Widths of bars and spaces, from the table of ISO/IEC 15417: start C, the nine
// pairs 70 12 34 56 78 93 32 63 76, the check character 1, stop.
const widths = "211232" +
	"112412" + "112232" + "131123" + "331121" + "241112" + "111341" + "232121" + "111224" + "221114" +
	"222122" + "2331112"

func TestBarcodeHasItsBarsAndQuietZone(t *testing.T) {
	drawing, err := Barcode(digits, Plain)
	if err != nil {
		t.Fatal(err)
	}
	want := make([]bool, quietCode128)
	for i, w := range widths {
		for range w - '0' {
			want = append(want, i%2 == 0)
		}
	}
	want = append(want, make([]bool, quietCode128)...)
	rows := modules(t, drawing, false)
	if len(rows) != barcodeLines {
		t.Fatalf("%d lines, want %d", len(rows), barcodeLines)
	}
	for _, row := range rows {
		if !slices.Equal(row, want) {
			t.Fatalf("bars\n got %v\nwant %v", row, want)
		}
	}
}

func TestPaintedLinesEndUnpainted(t *testing.T) {
	drawing, err := Barcode(digits, Painted)
	if err != nil {
		t.Fatal(err)
	}
	for l := range strings.Lines(drawing) {
		if !strings.HasPrefix(l, inkOn) || !strings.HasSuffix(l, inkOff+"\n") {
			t.Fatalf("line %q", l)
		}
	}
}

func TestTooMuchIsAnError(t *testing.T) {
	if _, err := QR(strings.Repeat("é", 3000), Plain); err == nil {
		t.Error("6000 bytes were drawn as QR")
	}
	if _, err := Barcode(strings.Repeat("1", 300), Plain); err == nil {
		t.Error("300 digits were drawn as Code 128")
	}
}

func TestGroup(t *testing.T) {
	if got := Group(digits); got != "7012 3456 7893 3263 76" {
		t.Error(got)
	}
}
