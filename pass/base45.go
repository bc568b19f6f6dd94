package pass

import "strings"

// Base45 (RFC 9285) is what QR's alphanumeric mode holds: two bytes are three
// characters.
const base45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

func encode45(b []byte) string {
	var s strings.Builder
	s.Grow((len(b)*3 + 1) / 2)
	for ; len(b) >= 2; b = b[2:] {
		n := int(b[0])<<8 | int(b[1])
		s.Write([]byte{base45[n%45], base45[n/45%45], base45[n/(45*45)]})
	}
	if len(b) == 1 {
		s.Write([]byte{base45[b[0]%45], base45[b[0]/45]})
	}
	return s.String()
}

// decode45 reads what encode45 writes: three characters that say more than
// 65535, or two that say more than 255, are refused.
func decode45(s string) ([]byte, bool) {
	b := make([]byte, 0, len(s)*2/3)
	for len(s) > 0 {
		take := min(3, len(s))
		n, weight := 0, 1
		for i := range take {
			digit := strings.IndexByte(base45, s[i])
			if digit < 0 {
				return nil, false
			}
			n += digit * weight
			weight *= 45
		}
		switch {
		case take == 3 && n <= 0xffff:
			b = append(b, byte(n>>8), byte(n))
		case take == 2 && n <= 0xff:
			b = append(b, byte(n))
		default:
			return nil, false
		}
		s = s[take:]
	}
	return b, true
}
