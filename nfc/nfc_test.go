package nfc_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/nfc"
	"github.com/paycode/paycode/vectors"
)

// example is the device of docs/codes.md's worked example: it answers one challenge.
func example() (paycode.Challenge, paycode.Payload) {
	e := vectors.WorkedExample()
	c, err := paycode.ParseChallenge(e.ChallengeBytes)
	if err != nil {
		panic(err)
	}
	seed := paycode.Seed(e.Seed)
	slot := paycode.Slot{Counter: paycode.Counter(e.Slot.Counter), Nonce: paycode.Nonce(e.Slot.Nonce)}
	return c, paycode.DefaultProfile().NewChallengePayload(&seed, paycode.Alias(e.Alias), slot, c)
}

// device is a card whose wallet answers everything in the same way.
type device struct {
	nfc.Card
	answer []byte
	refuse nfc.Status
	asked  []nfc.Request
}

func (d *device) transmit(command []byte) ([]byte, error) {
	response, asked := d.Command(command)
	if asked == nil {
		return response, nil
	}
	d.asked = append(d.asked, *asked)
	if d.refuse != 0 {
		return d.Refuse(d.refuse), nil
	}
	return d.Give(d.answer), nil
}

const (
	sel  = "00A4040008F0504159434F4445"
	ask  = "8088010023"
	what = "001122334455667700000000000004E2434E5900000000000000000000000000000000"
)

// TestBytes holds the card to the table and the worked example of docs/codes.md.
func TestBytes(t *testing.T) {
	_, payload := example()
	code := "0200075BCD1501C89078035343142C7128AD71598DC3141054ED11"
	for _, c := range []struct {
		name, commands, responses string // several with blanks between them
	}{
		{"a code", sel + "00 " + ask + what + "00", "6F0A8408F0504159434F44459000 " + code + "9000"},
		{"selected without wanting a description", sel + " " + ask + what + "00", "9000 " + code + "9000"},
		{"twice", sel + " " + ask + what + "00 " + ask + what + "00", "9000 " + code + "9000 " + code + "9000"},
		{"in extended length", "00A4040000" + "0008F0504159434F44450000 808801000000" + "23" + what + "0000", "6F0A8408F0504159434F44459000 " + code + "9000"},
		{"in pieces", sel + " " + ask + what + "0A 00C000000A 00C0000000", "9000 " + code[:20] + "6111 " + code[20:40] + "6107 " + code[40:] + "9000"},
		{"fetched", sel + " " + ask + what + " 00C000001B", "9000 611B " + code + "9000"},
		{"fetched in the class of before", sel + " " + ask + what + " 80C000001B", "9000 611B " + code + "9000"},
		{"the rest is gone after another command", sel + " " + ask + what + "0A " + sel + " 00C0000011", "9000 " + code[:20] + "6111 9000 6985"},
		{"nothing to fetch", sel + " 00C0000000", "9000 6985"},
		{"another application", "00A4040007A0000000031010 " + ask + what + "00", "6A82 6985"},
		{"another application after ours", sel + " 00A4040007A000000003101000 " + ask + what + "00", "9000 6A82 6985"},
		{"part of our name", "00A4040007F0504159434F44", "6A82"},
		{"by file identifier", "00A40000023F00", "6A86"},
		{"not selected", ask + what + "00", "6985"},
		{"another question", sel + " 8088030023" + what + "00", "9000 6A86"},
		{"another parameter", sel + " 8088010123" + what + "00", "9000 6A86"},
		{"a short challenge", sel + " 8088010008001122334455667700", "9000 6700"},
		{"no challenge", sel + " 8088010000", "9000 6700"},
		{"amount 0", sel + " " + ask + "00112233445566770000000000000000434E590000000000000000000000000000000000", "9000 6A80"},
		{"fare 0", sel + " 808802002300112233445566770000000000000000434E590000000000000000000000000000000000", "9000 " + code + "9000"},
		{"more than there is", sel + " " + ask + "0011223344556677FFFFFFFFFFFFFFFF434E590000000000000000000000000000000000", "9000 6A80"},
		{"no currency", sel + " " + ask + "001122334455667700000000000004E21B5B4A0000000000000000000000000000000000", "9000 6A80"},
		{"another instruction", sel + " 80CA9F1700 00B0000000", "9000 6D00 6D00"},
		{"another class", "FFCA000000 01A4040008F0504159434F4445", "6E00 6E00"},
		{"nothing", "-", "6700"},
		{"half a header", "00A4", "6700"},
		{"less data than said", "00A4040009F0504159434F4445", "6700"},
		{"more data than said", sel + "0000", "6700"},
		{"no data though said so", "00A4040000" + "0000" + "0000", "6700"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := device{answer: payload[:]}
			var got []string
			for command := range strings.FieldsSeq(c.commands) {
				b, err := hex.DecodeString(strings.Trim(command, "-"))
				if err != nil {
					t.Fatal(err)
				}
				response, _ := d.transmit(b)
				got = append(got, strings.ToUpper(hex.EncodeToString(response)))
			}
			if s := strings.Join(got, " "); s != c.responses {
				t.Errorf("%s\nanswered %s\nwant     %s", c.commands, s, c.responses)
			}
		})
	}
}

func TestReadingMeetsCard(t *testing.T) {
	challenge, payload := example()
	d := device{answer: payload[:]}
	got, err := nfc.ReadCode(challenge, d.transmit)
	if err != nil || got != payload || got.Text() != vectors.WorkedExample().ChallengeText {
		t.Errorf("%s, %v", got.Text(), err)
	}
	d = device{answer: bytes.Repeat([]byte{7}, 300)} // more than one short response
	long, err := nfc.ReadPresentation(challenge, d.transmit)
	if err != nil || !bytes.Equal(long, d.answer) {
		t.Errorf("%x, %v", long, err)
	}
	if len(d.asked) != 1 || d.asked[0] != (nfc.Request{Want: nfc.Presentation, Challenge: challenge}) {
		t.Errorf("asked %v", d.asked)
	}
	d = device{refuse: nfc.NotNow}
	if _, err := nfc.ReadCode(challenge, d.transmit); err != nfc.NotNow {
		t.Errorf("refused: %v", err)
	}
}

// TestReadingIsNotLedOn: whatever a device answers, a reading ends, with an error
// that says so, and a device that leaves the field ends it at once.
func TestReadingIsNotLedOn(t *testing.T) {
	challenge, payload := example()
	gone := errors.New("gone")
	for _, c := range []struct {
		name     string
		response []byte // to everything after SELECT
		err, is  error
	}{
		{"another length", append(payload[:20:20], 0x90, 0), nil, nfc.ErrAnswer},
		{"a code for anybody", append(append([]byte{1}, payload[1:]...), 0x90, 0), nil, nfc.ErrAnswer},
		{"no status", []byte{0x90}, nil, nfc.ErrAnswer},
		{"nothing", nil, nil, nfc.ErrAnswer},
		{"more for ever", []byte{0x61, 0}, nil, nfc.ErrAnswer},
		{"more and more", append(make([]byte, 256), 0x61, 0), nil, nfc.ErrAnswer},
		{"a status of another card", []byte{0x69, 0x82}, nil, nfc.Status(0x6982)},
		{"gone", nil, gone, gone},
	} {
		selected := false
		_, err := nfc.ReadCode(challenge, func([]byte) ([]byte, error) {
			if !selected {
				selected = true
				return []byte{0x61, 0x0C}, nil // as with T=0: the description waits, and is not fetched
			}
			return c.response, c.err
		})
		if !errors.Is(err, c.is) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := nfc.ReadCode(challenge, func([]byte) ([]byte, error) { return []byte{0x6A, 0x82}, nil }); err != nfc.NotFound {
		t.Errorf("a bank card: %v", err)
	}
}

// Whatever a reader sends, each command gets one response that ends in a status
// word and is no longer than was asked for; and an answer is asked for only when
// the application is selected, with an amount that can be told.
func FuzzCard(f *testing.F) {
	for _, s := range []string{sel + "00", sel + "|" + ask + what + "00", sel + "|" + ask + what + "0A|00C0000005|00C0000000", "00A40400000008F0504159434F44450000"} {
		f.Add(unhex(s))
	}
	f.Fuzz(func(t *testing.T, conversation []byte) {
		d := device{answer: bytes.Repeat([]byte{7}, 300)}
		for command := range bytes.SplitSeq(conversation, []byte{'|'}) {
			asked := len(d.asked)
			response, _ := d.transmit(command)
			if len(response) < 2 || len(response) > 302 {
				t.Fatalf("%x answered %x", command, response)
			}
			if c, err := nfc.ParseCommand(command); err == nil && len(response)-2 > c.Le {
				t.Fatalf("%x answered %d bytes", command, len(response)-2)
			}
			if len(d.asked) > asked && (len(command) < 5+paycode.ChallengeLen || d.asked[asked].Challenge.AmountMinor > 1e12) {
				t.Fatalf("%x asks for %v", command, d.asked[asked])
			}
		}
	})
}

// Whatever a device answers, a reading asks a bounded number of questions, and
// what it takes for a code is one byte for byte.
func FuzzReading(f *testing.F) {
	challenge, payload := example()
	f.Add([]byte{0x90, 0}, append(payload[:], 0x90, 0), []byte{})
	f.Add([]byte{0x61, 0x0C}, append(payload[:10:10], 0x61, 0x11), append(payload[10:], 0x90, 0))
	f.Fuzz(func(t *testing.T, first, second, rest []byte) {
		asked := 0
		code, err := nfc.ReadCode(challenge, func(command []byte) ([]byte, error) {
			if _, err := nfc.ParseCommand(command); err != nil {
				t.Fatalf("asks %x: %v", command, err)
			}
			if asked++; asked > 40 {
				t.Fatal("asks for ever")
			}
			return [][]byte{first, second, rest}[min(asked-1, 2)], nil
		})
		if err == nil && code[0] != paycode.TypeChallenge {
			t.Fatalf("took %x", code[:])
		}
	})
}

// Whatever bytes are a short command are written as they were read.
func FuzzCommand(f *testing.F) {
	for _, s := range []string{"00A40400", sel, sel + "00", "00C0000000", "00A40400000008F0504159434F44450000"} {
		f.Add(unhex(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := nfc.ParseCommand(b)
		if err != nil || len(b) > 5 && b[4] == 0 { // extended: a longer spelling of the same
			return
		}
		if again := c.Bytes(); !bytes.Equal(again, b) {
			t.Fatalf("%x is written %x", b, again)
		}
	})
}

func unhex(s string) []byte {
	var b []byte
	for i, part := range strings.Split(s, "|") {
		if i > 0 {
			b = append(b, '|')
		}
		one, err := hex.DecodeString(part)
		if err != nil {
			panic(err)
		}
		b = append(b, one...)
	}
	return b
}

// BenchmarkReading is a whole reading, both sides, without what carries the bytes.
func BenchmarkReading(b *testing.B) {
	challenge, payload := example()
	d := device{answer: payload[:]}
	for b.Loop() {
		d.Reset()
		if _, err := nfc.ReadCode(challenge, d.transmit); err != nil {
			b.Fatal(err)
		}
		d.asked = d.asked[:0]
	}
}
