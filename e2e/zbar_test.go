package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// zbar reads every code in a PNG with zbarimg.
func zbar(t *testing.T, picture []byte) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "picture.png")
	must(t, os.WriteFile(file, picture, 0o600))
	out, err := exec.CommandContext(t.Context(), program(t, "zbarimg"), "--nodbus", "-q", "--raw", file).Output()
	if err != nil {
		t.Fatalf("zbarimg reads nothing: %v", err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n") // a receipt has spaces in it
}

// qrAndBarcode reads the two codes of a wallet's screen.
func qrAndBarcode(t *testing.T, picture []byte) (qr, barcode string) {
	t.Helper()
	read := zbar(t, picture)
	if len(read) != 2 {
		t.Fatalf("zbar reads %d codes, want 2: %q", len(read), read)
	}
	if strings.HasPrefix(read[0], "PC1") {
		return read[0], read[1]
	}
	return read[1], read[0]
}
