package wechat

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
)

// The kinds of signature. MD5 is the one that a till means who names none, and
// that most of them use: it is keyed by what comes last, and guards no more than
// the till's own key does.
const (
	signMD5  = "MD5"
	signHMAC = "HMAC-SHA256"
)

// signV2 signs fields as version 2 does: all that are not empty, but for sign, in
// the order of their names, and the key. Empty when there is no such kind.
func signV2(kind, key string, fields map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if name != "sign" && fields[name] != "" {
			b.WriteString(name + "=" + fields[name] + "&")
		}
	}
	b.WriteString("key=" + key)
	switch kind {
	case "", signMD5:
		sum := md5.Sum([]byte(b.String()))
		return strings.ToUpper(hex.EncodeToString(sum[:]))
	case signHMAC:
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write([]byte(b.String()))
		return strings.ToUpper(hex.EncodeToString(mac.Sum(nil)))
	}
	return ""
}

// signedBy says whether fields carry their signature.
func signedBy(key string, fields map[string]string) bool {
	want := signV2(fields["sign_type"], key, fields)
	return want != "" && hmac.Equal([]byte(want), []byte(fields["sign"]))
}
