package client

import "context"

// TotpSecret is a second factor that is not confirmed yet.
type TotpSecret struct {
	Secret string `json:"secret" doc:"To be typed into an authenticator program"`
	URI    string `json:"uri" doc:"The same as an otpauth address, for a QR code"`
}

// TotpCode is a code of the authenticator program.
type TotpCode struct {
	Code string `json:"code" maxLength:"64"`
}

// RecoveryCodes stand in for a lost second factor, each once. They are shown
// once.
type RecoveryCodes struct {
	Codes []string `json:"codes" nullable:"false"`
}

// EnrolTotp makes a second factor, to be confirmed by a code.
func (c *Client) EnrolTotp(ctx context.Context, in Proof) (out TotpSecret, err error) {
	_, err = c.do(ctx, post("/me/totp", in), &out)
	return out, err
}

// ConfirmTotp turns the second factor on.
func (c *Client) ConfirmTotp(ctx context.Context, in TotpCode) (out RecoveryCodes, err error) {
	_, err = c.do(ctx, post("/me/totp/confirm", in), &out)
	return out, err
}

// NewRecoveryCodes replaces the recovery codes.
func (c *Client) NewRecoveryCodes(ctx context.Context, in Proof) (out RecoveryCodes, err error) {
	_, err = c.do(ctx, post("/me/totp/recovery", in), &out)
	return out, err
}

// DisableTotp turns the second factor off.
func (c *Client) DisableTotp(ctx context.Context, in Proof) error {
	_, err := c.do(ctx, post("/me/totp/disable", in), nil)
	return err
}
