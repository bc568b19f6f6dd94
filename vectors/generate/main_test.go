package main

import (
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paycode/paycode/vectors"
)

func TestCommittedFilesAreTheGenerators(t *testing.T) {
	want := files()
	committed, err := fs.Glob(vectors.Files, "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range committed {
		if want[name] == nil {
			t.Errorf("%s is committed but not generated", name)
		}
	}
	for name, data := range want {
		got, err := vectors.Files.ReadFile(name)
		if err != nil {
			t.Errorf("%s is not committed: run go run ./vectors/generate", name)
		} else if diff := cmp.Diff(string(data), string(got)); diff != "" {
			t.Errorf("%s is stale: run go run ./vectors/generate (-generated +committed)\n%s", name, diff)
		}
	}
}

// The worked example was first computed by another implementation. These are its
// values, so that the reference cannot drift with the library.
func TestReferenceAgreesWithTheSecondImplementation(t *testing.T) {
	e := example()
	for _, v := range []struct{ name, got, want string }{
		{"seed", hexString(e.Seed), "68dc8fa10bb25015685c44b210587aee185dbb62d89a5d62ec1e67c747164b0b"},
		{"session", hexString(e.Session), "a9f9a73e41cf2c77ac1a068c4acc02fd33568ce1dde61022368abca98f75cf6d"},
		{"mac", hexString(e.MAC), "a1101d0de739d2419a4fd06a2633ba7e3ffadad5300f5ce8accf7b53c6418764"},
		{"token", hexString(e.Token), "a1101d0de739d2419a4fd06a2633ba7e"},
		{"otp", e.OTP, "326376"},
		{"digits", e.Digits, "701234567893326376"},
		{"text", e.Text, "PC10400EPYD2M0WH43R0EGH078DWWWX4GCT9Z86M9HKQ9Z0"},
		{"emv", e.EMV, "hQVDUFYwMWEzTwjwUEFZQ09ERVAHUEFZQ09ERWMenxAbAQAHW80VAciQeAOhEB0N5znSQZpP0GomM7p+"},
		{"challenge mac", hexString(e.ChallengeMAC), "5343142c7128ad71598dc3141054ed11432496acf50a3e0bbdaf2b0055c0147d"},
	} {
		if v.got != v.want {
			t.Errorf("%s = %s, want %s", v.name, v.got, v.want)
		}
	}
}

func hexString(h vectors.Hex) string {
	text, _ := h.MarshalText()
	return string(text)
}
