package wallet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"
)

func TestFileIsPrivateAndKeepsWhatLaterVersionsWrote(t *testing.T) {
	w := enrolledWallet(t, newIssuer(t))
	info, err := os.Stat(w.vault.path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v, want 0600", info.Mode(), err)
	}
	data, err := os.ReadFile(w.vault.path)
	if err != nil {
		t.Fatal(err)
	}
	data = bytes.Replace(data, []byte("{"), []byte(`{"from_the_future": {"a": [1, 2]},`), 1)
	if err := os.WriteFile(w.vault.path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Show(); err != nil {
		t.Fatal(err)
	}
	var after map[string]any
	if data, err = os.ReadFile(w.vault.path); err != nil || json.Unmarshal(data, &after) != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(after["from_the_future"]) != "map[a:[1 2]]" {
		t.Errorf("from_the_future = %v", after["from_the_future"])
	}
}

func TestPassphrase(t *testing.T) {
	i := newIssuer(t)
	path := newWallet(t).vault.path
	w := New(path, "correct horse")
	if err := w.Enrol(t.Context(), i.enrolment()); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil || bytes.Contains(data, []byte("seed")) || bytes.Contains(data, []byte(i.token)) {
		t.Errorf("the file tells: %.80s, %v", data, err)
	}
	if _, err := New(path, "").Show(); !errors.Is(err, ErrLocked) {
		t.Errorf("no passphrase: %v", err)
	}
	if _, err := New(path, "wrong").Show(); !errors.Is(err, ErrPassphrase) {
		t.Errorf("wrong passphrase: %v", err)
	}
	code, err := New(path, "correct horse").Show()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := i.verify(t, code.Digits); err != nil {
		t.Error(err)
	}
}

func FuzzReadFile(f *testing.F) {
	f.Add([]byte(`{"server":"x"}`))
	f.Add([]byte(`{"locked_key":"AAAA","locked_state":"AAAA"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		w := newWallet(t)
		if err := os.WriteFile(w.vault.path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Show(); err == nil {
			t.Errorf("a code from %q", data)
		}
	})
}
