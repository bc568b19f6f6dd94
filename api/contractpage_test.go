package api

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestContractPage holds docs/api.md to the tables that the server answers by.
func TestContractPage(t *testing.T) {
	text, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	for _, k := range kinds {
		if row := problemRow(k); !strings.Contains(page, row) {
			t.Errorf("docs/api.md does not have the line\n%s", row)
		}
	}
	for _, d := range declines {
		if row := fmt.Sprintf("| `%s` | %s |", d.Code, d.Meaning); !strings.Contains(page, row) {
			t.Errorf("docs/api.md does not have the line\n%s", row)
		}
	}
}

func problemRow(k Kind) string { return fmt.Sprintf("| %d | `%s` | %s |", k.Status, k.Code, k.Title) }
