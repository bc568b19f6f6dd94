package wechat

import (
	"maps"
	"strings"
	"testing"
)

func TestSignVector(t *testing.T) {
	// Of WeChat Pay's own page about signatures.
	in := fields{"appid": "wxd930ea5d5a258f4f", "body": "test", "device_info": "1000", "mch_id": "10000100", "nonce_str": "ibuaiVcKdpRxkhJA", "sign": "not signed", "empty": ""}
	for kind, want := range map[string]string{
		"":       "9A0A8659F005D6984697E2CA0A9CF3B7",
		signMD5:  "9A0A8659F005D6984697E2CA0A9CF3B7",
		signHMAC: "6A9AE1657590FD6257D693A078E1C3E4BB6BA4DC30B23E0EE2496E54170DACD6",
	} {
		if got := signV2(kind, "192006250b4c09247ec02edce69f6a2d", in); got != want {
			t.Errorf("%q: %s, want %s", kind, got, want)
		}
	}
	if signedBy("k", fields{"sign_type": "none", "sign": ""}) {
		t.Error("an unknown kind of signature passed")
	}
}

func TestXMLIsReadStrictly(t *testing.T) {
	good := `<?xml version="1.0"?>` + "\n<xml>\n <a>1</a><b><![CDATA[<x>&]]></b><c>&lt;&#33;</c><d/>\n</xml>\n"
	got, err := parse([]byte(good))
	if want := (fields{"a": "1", "b": "<x>&", "c": "<!", "d": ""}); err != nil || !maps.Equal(got, want) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
	if again, err := parse(format(got)); err != nil || !maps.Equal(again, got) {
		t.Errorf("what was written is read as %v, %v", again, err)
	}
	for name, bad := range map[string]string{
		"empty":           ``,
		"cut off":         `<xml><a>1</a>`,
		"another root":    `<x><a>1</a></x>`,
		"name twice":      `<xml><a>1</a><a>1</a></xml>`,
		"nested":          `<xml><a><b>1</b></a></xml>`,
		"root within":     `<xml><xml>1</xml></xml>`,
		"attribute":       `<xml><a b="c">1</a></xml>`,
		"entity":          `<!DOCTYPE xml [<!ENTITY e "x">]><xml><a>&e;</a></xml>`,
		"file":            `<!DOCTYPE xml [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><a>&e;</a></xml>`,
		"unknown entity":  `<xml><a>&e;</a></xml>`,
		"comment":         `<xml><a>1<!-- 2 -->3</a></xml>`,
		"text outside":    `<xml>1<a>1</a></xml>`,
		"after the end":   `<xml><a>1</a></xml><xml><b>1</b></xml>`,
		"not UTF-8":       "<xml><a>\xff</a></xml>",
		"control":         "<xml><a>\x01</a></xml>",
		"another charset": `<?xml version="1.0" encoding="GBK"?><xml><a>1</a></xml>`,
		"namespace":       `<xml><n:a>1</n:a></xml>`,
		"too many fields": `<xml>` + many() + `</xml>`,
	} {
		if got, err := parse([]byte(bad)); err == nil {
			t.Errorf("%s: read as %v", name, got)
		}
	}
}

func many() string {
	var b strings.Builder
	for i := range maxFields + 1 {
		name := "f" + strings.Repeat("x", i)
		b.WriteString("<" + name + "/>")
	}
	return b.String()
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`<xml><a>1</a></xml>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := parse(body)
		if err != nil {
			return
		}
		if again, err := parse(format(got)); err != nil || !maps.Equal(again, got) {
			t.Errorf("%q: read as %v, written and read as %v, %v", body, got, again, err)
		}
	})
}
