package main

import (
	"os"
	"strings"
	"testing"
)

// The specification's worked example is the vectors' one, to the byte.
func TestSpecificationStatesTheWorkedExample(t *testing.T) {
	text, err := os.ReadFile("../../docs/codes.md")
	if err != nil {
		t.Fatal(err)
	}
	spec := strings.ReplaceAll(string(text), "` `", "") // fields are set apart
	e, sealed := example(), sealVectors()[0].Input
	shown, issuer := presentOf(plainPresent()), issuerVectors()[0].Output
	end := func(b []byte) string { return hexString(b[len(b)-64:]) }
	for name, value := range map[string]string{
		"master key": hexString(e.MasterKey), "device": hexString(e.Device), "info": hexString(e.Info),
		"seed": hexString(e.Seed), "session": hexString(e.Session), "message": hexString(e.Message),
		"mac": hexString(e.MAC), "token": hexString(e.Token), "otp": e.OTP, "digits": e.Digits,
		"payload": hexString(e.Payload), "text": e.Text, "emv": e.EMV, "emv bytes": hexString(e.TLV[:33]),
		"challenge": hexString(e.ChallengeBytes), "challenge hash": hexString(e.ChallengeHash),
		"bound mac": hexString(e.ChallengeMAC), "bound text": e.ChallengeText,
		"sealing key": hexString(sealed.PrivateKey), "enc": hexString(sealed.Enc), "ciphertext": hexString(sealed.Ciphertext),
		"issuer info": hexString(issuer.Info), "issuer key": hexString(issuer.Private), "device key": hexString(passDevice.secret),
		"pass claims": hexString(claimsOf(passPlain)), "shown claims": hexString(plainShown()), "presentation id": hexString(shown.ID),
		"issuer's signature": end(shown.Pass), "device's signature": end(shown.Presentation), "text of the pass": shown.Text,
		"receipt": plainReceipt().Text, "delta": hexString(deltaVectors()[0].Input.Delta),
		"burn map": hexString(burnVectors()[0].Output.After[0].Bits),
	} {
		if !strings.Contains(spec, "`"+value) {
			t.Errorf("docs/codes.md does not state the %s %s", name, value)
		}
	}
}
