package emvqr

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What is read is written the same, whatever it is, and nothing makes the reader panic.
func FuzzConsumer(f *testing.F) {
	f.Add(consumer1)
	f.Add(consumer2)
	f.Add(consumer3)
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseConsumer(s)
		if err == nil && c.String() != s || err != nil && (c.Fields != nil || !errors.Is(err, ErrMalformed)) {
			t.Errorf("%q is written %q, %v", s, c, err)
		}
	})
}

func FuzzMerchant(f *testing.F) {
	f.Add(strings.TrimSuffix(merchant1, "6304A0BA"))
	f.Add(strings.TrimSuffix(merchant2, "6304A13A"))
	f.Add(strings.TrimSuffix(merchant3, "63043FE6"))
	f.Add("00020101021126580016F0504159434F44450130mer_01jfja0yrcfgzrmq9f3r69q2kp5204000053031565802CN5904SHOP6007BEIJING")
	f.Fuzz(func(t *testing.T, body string) {
		for _, s := range []string{body, signed(body)} {
			m, err := ParseMerchant(s)
			if err == nil && m.String() != s || err != nil && (m.Objects != nil || !errors.Is(err, ErrMalformed)) {
				t.Errorf("%q is written %q, %v", s, m, err)
			}
			if shop, err := ParseShop(s); err == nil {
				text, err := shop.Text()
				if again, failed := ParseShop(text); err != nil || failed != nil || again.Merchant != shop.Merchant || again.Minor != shop.Minor {
					t.Errorf("%+v is written %q, %v, %v", shop, text, err, failed)
				}
			}
		}
	})
}

// What can be made can be read, and is the same.
func FuzzConsumerFields(f *testing.F) {
	f.Add(uint16(TagPAN), bytesOf("1234567890123458"), uint16(0xDF01), []byte("x"))
	f.Add(uint16(TagTrack2), bytesOf("1234567890123458D191220112345F"), uint16(TagTransparent), []byte("x"))
	f.Add(uint16(0xE1), []byte{}, uint16(TagCryptogram), []byte("12345678"))
	f.Fuzz(func(t *testing.T, tag uint16, value []byte, inner uint16, inside []byte) {
		field := Field{Tag: Tag(tag), Value: value}
		if field.Tag.isTemplate() {
			field = Field{Tag: Tag(tag), Fields: Fields{{Tag: Tag(inner), Value: inside}}}
		}
		c, err := NewConsumer(Fields{field}, Fields{{Tag: TagAID, Value: bytesOf("A0000000555555")}, field})
		if err != nil {
			return
		}
		if again, err := ParseConsumer(c.String()); err != nil || again.String() != c.String() {
			t.Errorf("%v: %v", c, err)
		}
	})
}

func FuzzMerchantObjects(f *testing.F) {
	f.Add(3, "4000", 0, "com.example")
	f.Add(IDAdditional, "", IDConsumerData, "ME")
	f.Add(IDLanguage, "", 1, "最佳运输")
	f.Add(IDAmount, "23.72", 0, "")
	f.Fuzz(func(t *testing.T, id int, value string, inner int, inside string) {
		o := Object{ID: id, Value: value}
		if isTemplate(id) {
			o = Object{ID: id, Objects: Objects{{ID: IDGlobal, Value: "com.example"}, {ID: inner, Value: inside}}}
		}
		m, err := NewMerchant(append(least(), o)...)
		if err != nil {
			return
		}
		again, err := ParseMerchant(m.String())
		if d := cmp.Diff(m, again); err != nil || d != "" {
			t.Errorf("%v: %v\n%s", m, err, d)
		}
	})
}
