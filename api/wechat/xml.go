package wechat

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"slices"
)

// errXML is for a body that is not one flat XML element of named texts.
var errXML = errors.New("wechat: the body is not XML as documented")

// maxFields bounds the fields of a request; the largest call has some thirty.
const maxFields = 64

// parse reads <xml> with one element for each field, of text alone. Strictly: no
// document type and so no entities but the five of XML, no attributes, nothing
// nested, no name twice, UTF-8. Two readers of such a body cannot disagree.
func parse(body []byte) (map[string]string, error) {
	d := xml.NewDecoder(bytes.NewReader(body))
	fields := map[string]string{}
	var name string
	var text []byte
	depth, ended := 0, false
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) && ended {
			return fields, nil
		}
		if err != nil {
			return nil, errXML
		}
		switch t := t.(type) {
		case xml.StartElement:
			depth++
			if len(t.Attr) > 0 || t.Name.Space != "" || depth > 2 || ended || (depth == 1) != (t.Name.Local == "xml") {
				return nil, errXML
			}
			name, text = t.Name.Local, text[:0]
		case xml.EndElement:
			if depth--; depth == 0 {
				ended = true
				continue
			}
			if _, twice := fields[name]; twice || len(fields) == maxFields {
				return nil, errXML
			}
			fields[name] = string(text)
		case xml.CharData:
			if depth == 2 {
				text = append(text, t...)
			} else if len(bytes.TrimSpace(t)) > 0 {
				return nil, errXML
			}
		case xml.ProcInst:
			if t.Target != "xml" || depth > 0 || ended {
				return nil, errXML
			}
		default: // a document type or a comment
			return nil, errXML
		}
	}
}

// format writes fields as parse reads them, in the order of their names.
func format(fields map[string]string) []byte { return formatIn("xml", fields) }

func formatIn(root string, fields map[string]string) []byte {
	var b bytes.Buffer
	b.WriteString("<" + root + ">")
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		b.WriteString("<" + name + ">")
		xml.EscapeText(&b, []byte(fields[name])) // a Buffer takes everything
		b.WriteString("</" + name + ">")
	}
	b.WriteString("</" + root + ">")
	return b.Bytes()
}
