package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/payment"
)

// Standing is what a device is told when it enrols and at every sync.
type Standing struct {
	Alias      string             `json:"alias" pattern:"^[0-9]{6,12}$" doc:"the number that its codes carry: exactly profile.alias_digits digits, or an authenticator's member number" example:"123456789"`
	Generation paycode.Generation `json:"generation" doc:"number of its newest seed" example:"1"`
	Profile    Profile            `json:"profile" doc:"the shape of the issuer's codes"`
	SeedSealed *SealedSeed        `json:"seed_sealed,omitempty" doc:"the seed of that generation; absent when the device says that it holds it"`
	ServerTime time.Time          `json:"server_time" doc:"to correct the device's clock by; RFC 3339, UTC"`
	Limits     payment.Limits     `json:"limits" doc:"what offline codes may take"`
	SyncBy     *time.Time         `json:"sync_by,omitempty" doc:"when offline codes stop working unless the device syncs; RFC 3339, UTC; absent for an authenticator, which never syncs"`
	Balance    Balance            `json:"balance" doc:"what the payer can spend"`
	Payer      PayerName          `json:"payer" doc:"whose device it is"`
	Pass       []byte             `json:"pass,omitempty" doc:"a signed pass for gates without network, base64; absent where the issuer has none"`
}

// Profile is paycode.Profile, described.
type Profile struct {
	Prefix         string `json:"prefix" doc:"the two digits that begin every offline digit code" example:"70"`
	OnlinePrefix   string `json:"online_prefix" doc:"the two digits that begin every online code" example:"71"`
	AliasDigits    int    `json:"alias_digits" doc:"width of the alias, 6 to 12" example:"9"`
	OTPDigits      int    `json:"otp_digits" doc:"width of the one-time part of a digit code, 6 to 12" example:"6"`
	PeriodSeconds  int    `json:"period_s" doc:"length of a window in seconds" example:"60"`
	Skew           int    `json:"skew" doc:"windows before and after the current one that are accepted" example:"1"`
	SeedTTLSeconds int64  `json:"seed_ttl" doc:"seconds that a seed works after the device's last sync" example:"2592000"`
}

// SealedSeed is a seed that one device can open: HPKE (RFC 9180), base mode,
// DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM.
type SealedSeed struct {
	issuing.Sealed
	Generation paycode.Generation `json:"generation" doc:"number of the seed; the last 4 bytes of the additional data" example:"1"`
}

// PayerName is what a device shows of its payer.
type PayerName struct {
	Name string `json:"name" doc:"may be empty"`
}

// Enrolment is what a new device is told.
type Enrolment struct {
	DeviceID      ids.Device     `json:"device_id" doc:"TypeID" example:"dev_01jfja0yrcfgzrmq9f3r69q2kp"`
	AccessToken   string         `json:"access_token,omitempty" doc:"secret, shown this once; good only with proofs by public_key: Authorization: DPoP TOKEN; absent for an authenticator"`
	Authenticator *Authenticator `json:"authenticator,omitempty" doc:"for an authenticator: what its app is given"`
	Standing
}

// Authenticator is what an authenticator app is given; alias, limits and sync_by
// beside it are those of the authenticator.
type Authenticator struct {
	MemberNo string `json:"member_no" pattern:"^[0-9]{10}$" doc:"what the payer says to the cashier, before the six digits; the last digit is a check digit" example:"1234567897"`
	URI      string `json:"uri" doc:"secret, shown this once: show it as a QR for the app to scan" example:"otpauth://totp/paycode:1234567897?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=paycode&algorithm=SHA1&digits=6&period=30"`
}

func authenticatorOf(app *issuing.App) *Authenticator {
	if app == nil {
		return nil
	}
	return &Authenticator{app.Member.String(), app.URI}
}

type (
	enrolInput struct {
		Body struct {
			Ticket    string          `json:"ticket" minLength:"1" maxLength:"128" doc:"from the operator"`
			Kind      issuing.Kind    `json:"kind" enum:"phone,watch,card,authenticator" doc:"what sort of thing the device is"`
			Name      string          `json:"name" minLength:"1" maxLength:"80" doc:"what the payer calls it" example:"my phone"`
			PublicKey json.RawMessage `json:"public_key,omitempty" doc:"JWK (RFC 7517) of kty EC, crv P-256: signs the device's proofs; an authenticator has none"`
			SealKey   json.RawMessage `json:"seal_key,omitempty" doc:"JWK (RFC 7517) of kty EC, crv P-256: seeds are sealed to it; an authenticator has none"`
		}
	}
	enrolOutput struct{ Body Enrolment }
	syncInput   struct {
		Body *struct {
			Alias      *Alias             `json:"alias,omitempty" doc:"the alias that the device holds, as a string or a number"`
			Generation paycode.Generation `json:"generation,omitempty" doc:"the generation that the device holds; without it the seed is sent again"`
		} `required:"false"`
	}
	syncOutput       struct{ Body Standing }
	onlineCodeOutput struct {
		Body struct {
			Code      string    `json:"code" doc:"digits; can be spent once, like money" example:"710123456789012345"`
			ExpiresAt time.Time `json:"expires_at" doc:"RFC 3339, UTC"`
		}
	}
)

func (a *API) deviceCalls() {
	const tag = "Device"
	role := RoleDevice
	register(a, route{method: "POST", path: "/v1/devices", id: "enrol", tag: tag, status: http.StatusCreated,
		summary: "Enrol a device", about: "The same ticket with the same keys answers the same device again, with a new access token that replaces the last one. " +
			"An authenticator has no keys: its ticket is answered once, and if that answer is lost the device is revoked and another one enrolled.",
		codes: []Code{TicketInvalid, TicketExpired, TicketUsed, DeviceRevoked}}, a.enrol)
	register(a, route{method: "POST", path: "/v1/device/sync", id: "sync", tag: tag, role: role, status: http.StatusOK,
		summary: "Sync", about: "A fresh alias, fresh limits, a new seed where one waits. The body is optional.", codes: []Code{DeviceFrozen}}, a.sync)
	register(a, route{method: "POST", path: "/v1/device/codes", id: "create-online-code", tag: tag, role: role, status: http.StatusCreated,
		summary: "Mint an online code", about: "It retires the device's last one.", codes: []Code{DeviceFrozen, DeviceExpired}}, a.onlineCode)
	register(a, route{method: "POST", path: "/v1/device/remove", id: "remove-device", tag: tag, role: role, status: http.StatusNoContent,
		summary: "Remove this device for good", about: "What the operator's revoke does, asked by the device itself."}, a.remove)
	a.devicePayCall()
	a.devicePaymentCalls()
}

func (a *API) enrol(ctx context.Context, in *enrolInput) (*enrolOutput, error) {
	b := in.Body
	e, err := a.Issuing.Enrol(ctx, issuing.NewDevice{Ticket: b.Ticket, Kind: b.Kind, Name: b.Name, PublicKey: b.PublicKey, SealKey: b.SealKey})
	if err != nil {
		return nil, err
	}
	d, err := a.Issuing.Device(ctx, e.Device)
	if err != nil {
		return nil, err
	}
	s, err := a.standing(ctx, d.Payer, e.Synced)
	return &enrolOutput{Enrolment{e.Device, e.AccessToken, authenticatorOf(e.App), s}}, err
}

func (a *API) sync(ctx context.Context, in *syncInput) (*syncOutput, error) {
	var held issuing.Held
	if in.Body != nil {
		held.Generation = in.Body.Generation
		if in.Body.Alias != nil {
			held.Alias = paycode.Alias(*in.Body.Alias)
		}
	}
	d := callerOf(ctx).Device
	synced, err := a.Issuing.Sync(ctx, d.ID, held)
	if err != nil {
		return nil, err
	}
	s, err := a.standing(ctx, d.Payer, synced)
	return &syncOutput{s}, err
}

func (a *API) standing(ctx context.Context, payer ids.Payer, s issuing.Synced) (Standing, error) {
	balance, err := a.Payments.Balance(ctx, payer)
	if err != nil {
		return Standing{}, err
	}
	name, err := a.payers.of(ctx, payer)
	if err != nil {
		return Standing{}, err
	}
	out := Standing{
		Alias: aliasText(s.Alias, s.Profile), Generation: s.Generation, Profile: Profile(s.Profile), ServerTime: s.ServerTime.UTC(),
		Limits: s.Limits, SyncBy: moment(s.SyncBy), Balance: balanceOf(balance), Payer: PayerName{name}, Pass: s.Pass,
	}
	if s.Seed != nil {
		out.SeedSealed = &SealedSeed{*s.Seed, s.Generation}
	}
	return out, nil
}

func (a *API) onlineCode(ctx context.Context, _ *struct{}) (*onlineCodeOutput, error) {
	digits, expires, err := a.Issuing.OnlineCode(ctx, callerOf(ctx).Device.ID)
	if err != nil {
		return nil, err
	}
	out := &onlineCodeOutput{}
	out.Body.Code, out.Body.ExpiresAt = digits, expires.UTC()
	return out, nil
}

func (a *API) remove(ctx context.Context, _ *struct{}) (*struct{}, error) {
	_, err := a.Issuing.Revoke(ctx, callerOf(ctx).Device.ID, "removed by the device itself")
	return nil, err
}
