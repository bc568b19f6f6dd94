package nfc_test

import (
	"bytes"
	"errors"
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

func TestVectors(t *testing.T) {
	for _, v := range vectors.Cards() {
		d := device{answer: v.Input.Answer}
		for i, command := range v.Input.Commands {
			response, _ := d.transmit(command)
			if want := v.Output.Responses[i]; !bytes.Equal(response, want) {
				t.Errorf("%s: %x is answered %x, want %x", v.Name, []byte(command), response, []byte(want))
			}
		}
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
	for _, v := range vectors.Cards() {
		var conversation [][]byte
		for _, command := range v.Input.Commands {
			conversation = append(conversation, command)
		}
		f.Add(bytes.Join(conversation, []byte{'|'}))
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
	for _, v := range vectors.Cards() {
		for _, command := range v.Input.Commands {
			f.Add([]byte(command))
		}
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
