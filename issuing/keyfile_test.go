package issuing

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"filippo.io/age"

	"github.com/paycode/paycode"
)

// quick is scrypt's work factor in tests: sealing with age's own takes a second.
const quick = 4

// users is how many devices use each key.
type users map[uint32]int64

func (u users) DevicesWithKey(_ context.Context, id uint32, _ time.Time) (int64, error) {
	return u[id], nil
}

func bothFiles(t *testing.T, run func(t *testing.T, f KeyFile)) {
	for _, passphrase := range []string{"", "correct horse battery staple"} {
		t.Run(fmt.Sprintf("sealed=%v", passphrase != ""), func(t *testing.T) {
			run(t, KeyFile{Path: filepath.Join(t.TempDir(), "master.key"), Passphrase: passphrase, logN: quick})
		})
	}
}

func sameSeeds(t *testing.T, a, b *Keyring, ids ...uint32) {
	t.Helper()
	for _, id := range ids {
		x, err1 := a.Seed(id, paycode.DeviceID{1}, 1)
		y, err2 := b.Seed(id, paycode.DeviceID{1}, 1)
		if err1 != nil || err2 != nil || x != y {
			t.Errorf("key %d gives two seeds: %v, %v", id, err1, err2)
		}
	}
}

func TestKeyFileLife(t *testing.T) {
	bothFiles(t, func(t *testing.T, f KeyFile) {
		first, err := f.Generate(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		loaded, err := f.Load()
		if err != nil || loaded.Active() != 1 {
			t.Fatalf("Load: active %d, %v", loaded.Active(), err)
		}
		sameSeeds(t, first, loaded, 1)
		if _, err := f.Generate(rand.Reader); !errors.Is(err, ErrKeyFileExists) {
			t.Errorf("Generate again: %v", err)
		}
		waiting, err := f.AddKey(rand.Reader)
		if err != nil || waiting.Active() != 1 || len(waiting.IDs()) != 2 {
			t.Fatalf("AddKey: %v, %v", waiting, err)
		}
		again, err := f.AddKey(rand.Reader)
		if err != nil || again.Active() != 1 || len(again.IDs()) != 2 {
			t.Fatalf("AddKey again: %v, %v", again, err)
		}
		sameSeeds(t, waiting, again, 1, 2)
		if _, err := f.RetireKey(t.Context(), 2, users{}, time.Now()); !errors.Is(err, ErrKeyActive) {
			t.Errorf("retire a key that waits: %v", err)
		}
		second, err := f.UseKey()
		if err != nil || second.Active() != 2 {
			t.Fatalf("UseKey: %v, %v", second, err)
		}
		sameSeeds(t, waiting, second, 1, 2)
		if again, err := f.UseKey(); err != nil || again.Active() != 2 {
			t.Errorf("UseKey again: %v, %v", again, err)
		}
		sameSeeds(t, first, second, 1)
		now := time.Now()
		if _, err := f.RetireKey(t.Context(), 2, users{}, now); !errors.Is(err, ErrKeyActive) {
			t.Errorf("retire the active key: %v", err)
		}
		if _, err := f.RetireKey(t.Context(), 1, users{1: 3}, now); !errors.Is(err, ErrKeyInUse) {
			t.Errorf("retire a key in use: %v", err)
		}
		if loaded, err = f.Load(); err != nil || len(loaded.IDs()) != 2 {
			t.Fatalf("after refusals: %v, %v", loaded, err)
		}
		sameSeeds(t, second, loaded, 1, 2)
		for range 2 { // again is fine
			if _, err := f.RetireKey(t.Context(), 1, users{2: 3}, now); err != nil {
				t.Fatal(err)
			}
		}
		if loaded, err = f.Load(); err != nil {
			t.Fatal(err)
		}
		sameSeeds(t, second, loaded, 2)
		if _, err := loaded.Seed(1, paycode.DeviceID{1}, 1); !errors.Is(err, ErrKeyUnknown) {
			t.Errorf("a retired key gives a seed: %v", err)
		}
		if third, err := f.AddKey(rand.Reader); err != nil || third.Active() != 2 || third.IDs()[1] != 3 {
			t.Errorf("AddKey after a retirement: %v, %v", third, err)
		}
		onlyFile(t, f.Path)
	})
}

// onlyFile: of the files that were written on the way none is left, and the one
// that is there is nobody else's to read.
func onlyFile(t *testing.T, path string) {
	t.Helper()
	all, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(all) != 1 {
		t.Fatalf("%d files, %v", len(all), err)
	}
	if info, err := all[0].Info(); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestKeyFilePermissions(t *testing.T) {
	bothFiles(t, func(t *testing.T, f KeyFile) {
		if _, err := f.Load(); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("no file: %v", err)
		}
		if _, err := f.Generate(rand.Reader); err != nil {
			t.Fatal(err)
		}
		for mode, want := range map[os.FileMode]error{
			0o600: nil, 0o400: nil, 0o640: ErrKeyFileOpen, 0o604: ErrKeyFileOpen, 0o620: ErrKeyFileOpen, 0o601: ErrKeyFileOpen, 0o644: ErrKeyFileOpen,
		} {
			if err := os.Chmod(f.Path, mode); err != nil {
				t.Fatal(err)
			}
			if _, err := f.Load(); !errors.Is(err, want) {
				t.Errorf("mode %o: %v, want %v", mode, err, want)
			}
		}
		if err := os.Chmod(f.Path, 0o400); err != nil {
			t.Fatal(err)
		}
		if _, err := f.AddKey(rand.Reader); err != nil {
			t.Error(err)
		}
		onlyFile(t, f.Path)
	})
}

func TestKeyFilePassphrase(t *testing.T) {
	dir := t.TempDir()
	sealed := KeyFile{Path: filepath.Join(dir, "sealed"), Passphrase: "right", logN: quick}
	plain := KeyFile{Path: filepath.Join(dir, "plain")}
	for _, f := range []KeyFile{sealed, plain} {
		if _, err := f.Generate(rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []KeyFile{
		{Path: sealed.Path}, {Path: sealed.Path, Passphrase: "wrong"}, {Path: plain.Path, Passphrase: "right"},
	} {
		if _, err := f.Load(); !errors.Is(err, ErrKeyFilePassphrase) {
			t.Errorf("%s with %q: %v", filepath.Base(f.Path), f.Passphrase, err)
		}
		if _, err := f.AddKey(rand.Reader); !errors.Is(err, ErrKeyFilePassphrase) {
			t.Errorf("AddKey to %s with %q: %v", filepath.Base(f.Path), f.Passphrase, err)
		}
	}
	text, err := os.ReadFile(sealed.Path)
	if err != nil || bytes.Contains(text, []byte("active")) {
		t.Errorf("a sealed file in clear, %v", err)
	}
}

// TestKeyFileIsAnAgeFile: whoever has the passphrase can open the file with age alone.
func TestKeyFileIsAnAgeFile(t *testing.T) {
	f := KeyFile{Path: filepath.Join(t.TempDir(), "k"), Passphrase: "right", logN: quick}
	if _, err := f.Generate(rand.Reader); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	by, err := age.NewScryptIdentity("right")
	if err != nil {
		t.Fatal(err)
	}
	r, err := age.Decrypt(bytes.NewReader(text), by)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Active uint32
		Keys   []struct{ Key []byte }
	}
	if err := json.NewDecoder(r).Decode(&got); err != nil || got.Active != 1 || len(got.Keys) != 1 || len(got.Keys[0].Key) != 32 {
		t.Errorf("%d keys, active %d, %v", len(got.Keys), got.Active, err)
	}
}

func TestDamagedKeyFile(t *testing.T) {
	bothFiles(t, func(t *testing.T, f KeyFile) {
		first, err := f.Generate(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		good, err := os.ReadFile(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		for n := range good {
			for _, bad := range [][]byte{good[:n], append(append(bytes.Clone(good[:n]), good[n]^1), good[n+1:]...)} {
				if err := os.WriteFile(f.Path, bad, 0o600); err != nil {
					t.Fatal(err)
				}
				ring, err := f.Load()
				if err == nil && ring.Active() != 1 {
					t.Errorf("damage at byte %d changed the active key", n)
				} else if err == nil {
					sameSeeds(t, first, ring, 1) // a blank, say: nothing is lost
				} else if !errors.Is(err, ErrKeyFileDamaged) && !errors.Is(err, ErrKeyFilePassphrase) {
					t.Errorf("damage at byte %d: %v", n, err)
				}
			}
		}
	})
}

func TestParseKeyringRefuses(t *testing.T) {
	key := bytes.Repeat([]byte{7}, 32)
	text := func(active uint32, keys ...keyText) string {
		b, err := json.Marshal(keyringText{active, keys})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	good := keyText{1, key, checkOf(key)}
	if _, err := parseKeyring([]byte(text(1, good))); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"empty":              "",
		"no keys":            text(1),
		"none active":        text(2, good),
		"one id twice":       text(1, good, good),
		"id zero":            text(1, good, keyText{0, key, checkOf(key)}),
		"id far past active": text(1, good, keyText{3, key, checkOf(key)}),
		"short key":          text(1, keyText{1, key[:31], checkOf(key[:31])}),
		"wrong check":        text(1, keyText{1, key, checkOf(key[:31])}),
		"no check":           text(1, keyText{1, key, nil}),
		"unknown member":     `{"active":1,"keys":[],"more":1}`,
		"something follows":  text(1, good) + text(1, good),
	} {
		if ring, err := parseKeyring([]byte(bad)); !errors.Is(err, ErrKeyFileDamaged) {
			t.Errorf("%s: %v, %v", name, ring, err)
		}
	}
}

func FuzzParseKeyring(f *testing.F) {
	key := bytes.Repeat([]byte{7}, 32)
	ring, err := NewKeyring(2, map[uint32]paycode.MasterKey{1: {1}, 2: paycode.MasterKey(key)})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(formatKeyring(ring))
	f.Add([]byte(`{"active":1,"keys":[{"id":1,"key":"","check":""}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		ring, err := parseKeyring(text)
		if err != nil {
			return
		}
		again, err := parseKeyring(formatKeyring(ring))
		if err != nil || again.Active() != ring.Active() || len(again.keys) != len(ring.keys) {
			t.Errorf("%v is written as %v, %v", ring, again, err)
		}
	})
}

func TestFailedWriteLeavesTheOldFile(t *testing.T) {
	f := KeyFile{Path: filepath.Join(t.TempDir(), "k")}
	first, err := f.Generate(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	if err := f.write(first, func(string, string) error { return full }); !errors.Is(err, full) {
		t.Errorf("write: %v", err)
	}
	if _, err := f.AddKey(iotest.ErrReader(full)); !errors.Is(err, full) {
		t.Errorf("AddKey without randomness: %v", err)
	}
	again, err := f.Load()
	if err != nil || again.Active() != 1 {
		t.Fatal(again, err)
	}
	sameSeeds(t, first, again, 1)
	onlyFile(t, f.Path)
	nowhere := KeyFile{Path: filepath.Join(t.TempDir(), "no", "such", "directory")}
	if _, err := nowhere.Generate(rand.Reader); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Generate without a directory: %v", err)
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	key := paycode.MasterKey(bytes.Repeat([]byte("K"), 32))
	ring, err := NewKeyring(1, map[uint32]paycode.MasterKey{1: key})
	if err != nil {
		t.Fatal(err)
	}
	f := KeyFile{Path: "/etc/paycode/master.key", Passphrase: "horse"}
	var log bytes.Buffer
	for _, l := range []*slog.Logger{slog.New(slog.NewTextHandler(&log, nil)), slog.New(slog.NewJSONHandler(&log, nil))} {
		l.Info("starting", "keys", ring, "file", f)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		fmt.Fprintf(&log, verb+verb, ring, f)
	}
	for _, secret := range []string{"horse", "KKKK", "75 75", "4b4b", "4B4B", "0x4b", "S0tL"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%q is printed: %s", secret, log.String())
		}
	}
	if !strings.Contains(log.String(), "master keys [1], active 1") || !strings.Contains(log.String(), f.Path) {
		t.Errorf("nothing useful is printed: %s", log.String())
	}
}

func TestKeyringRefuses(t *testing.T) {
	for _, c := range []struct {
		active uint32
		keys   map[uint32]paycode.MasterKey
	}{{1, nil}, {2, map[uint32]paycode.MasterKey{1: {}}}, {1, map[uint32]paycode.MasterKey{0: {}, 1: {}}}} {
		if ring, err := NewKeyring(c.active, c.keys); err == nil {
			t.Errorf("NewKeyring(%d, %d keys) = %v", c.active, len(c.keys), ring)
		}
	}
}
