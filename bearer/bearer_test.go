package bearer

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"testing/iotest"
)

func TestBucketIsCarried(t *testing.T) {
	for _, bucket := range []int{0, 1, 15, 127, MaxBuckets - 1} {
		text, err := NewIn(rand.Reader, "tk_", bucket)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Bucket("tk_", text, MaxBuckets); err != nil || got != bucket {
			t.Errorf("Bucket = %d, %v, want %d", got, err, bucket)
		}
		if _, err := Bucket("tk_", text, bucket); !errors.Is(err, ErrMalformed) {
			t.Errorf("bucket %d of %d: %v", bucket, bucket, err)
		}
	}
}

func TestEveryTypoIsFound(t *testing.T) {
	text, err := New(rand.Reader, "mk_")
	if err != nil || Check("mk_", text) != nil {
		t.Fatal(text, err)
	}
	const letters = "0123456789abcdefghjkmnpqrstvwxyzAIOUilou _-\n"
	for i := range text {
		for _, c := range letters {
			typo := text[:i] + string(c) + text[i+1:]
			if typo != text && Check("mk_", typo) == nil {
				t.Errorf("%q passes for %q", typo, text)
			}
		}
		if i > 3 && text[i] != text[i-1] {
			swapped := text[:i-1] + text[i:i+1] + text[i-1:i] + text[i+1:]
			if Check("mk_", swapped) == nil {
				t.Errorf("%q passes for %q", swapped, text)
			}
		}
	}
}

func TestOtherKindIsRefused(t *testing.T) {
	text, err := New(rand.Reader, "mk_")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"", "mk_", "op_" + text[3:], text[3:], text + "0", text[:len(text)-1], " " + text, strings.ToUpper(text), text[:20] + "\n\n" + text[22:]} {
		for _, prefix := range []string{"mk_", "op_"} {
			if err := Check(prefix, s); !errors.Is(err, ErrMalformed) {
				t.Errorf("Check(%s, %q) = %v", prefix, s, err)
			}
		}
	}
}

func TestNoRandomnessNoSecret(t *testing.T) {
	broken := iotest.ErrReader(errors.New("dry"))
	if s, err := New(broken, "mk_"); err == nil || s != "" {
		t.Errorf("New = %q, %v", s, err)
	}
	if s, err := NewIn(broken, "tk_", 1); err == nil || s != "" {
		t.Errorf("NewIn = %q, %v", s, err)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("mk_0000000000000000000000000000000000000000")
	f.Fuzz(func(t *testing.T, s string) {
		payload, err := parse("mk_", s)
		if err == nil && format("mk_", payload) != s {
			t.Errorf("%q is read but not written so", s)
		}
	})
}
