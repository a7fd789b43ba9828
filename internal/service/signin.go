package service

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"vidjil.org/vidjil/internal/auth"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// SignIn is what somebody signs in with.
type SignIn struct {
	Email, Password string
	Code            string // of the second factor, "" for none
	Agent           string // browser
}

// Opened is a new session: its token is for the cookie and kept nowhere.
type Opened struct {
	Token   string
	Expires time.Time
	Who     *Actor
}

// signIn is [Service.SignIn], uncounted.
func (s *Service) signIn(ctx context.Context, who *Actor, in SignIn) (*Opened, error) {
	if email, err := auth.NormalizeEmail(in.Email); err == nil {
		in.Email = email
	}
	var u lab.User
	err := s.read(ctx, func(tx *store.Tx) (err error) {
		u, err = tx.UserByEmail(ctx, in.Email)
		if lab.CodeOf(err) == lab.NotFound {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if s.Directory != nil && (u.ID == 0 || u.Source == lab.SourceLDAP) {
		return s.signInDirectory(ctx, who, in, u, false)
	}
	if u.ID == 0 {
		return nil, s.refuseStranger(ctx, who, in)
	}
	var opened *Opened
	err = s.prove(ctx, who, u.ID, proof{password: in.Password, code: in.Code, factor: true}, func(tx *store.Tx, u *lab.User, _ *lab.Credential) error {
		u.LastLoginAt = tx.Now
		if err := tx.UpdateUser(ctx, u); err != nil {
			return err
		}
		if who.SessionID != 0 {
			if _, err := tx.DeleteSession(ctx, sessionOwner(who), who.SessionID); err != nil {
				return err
			}
		}
		opened, err = s.openSession(ctx, tx, who, u, in.Agent)
		return err
	})
	if err != nil && s.Directory != nil {
		return s.afterLocal(ctx, who, in, u, err)
	}
	if err != nil {
		return nil, err
	}
	return opened, nil
}

// openSession adds a session and says what its owner may do.
func (s *Service) openSession(ctx context.Context, tx *store.Tx, who *Actor, u *lab.User, agent string) (*Opened, error) {
	token, hash := auth.NewToken()
	if r := []rune(agent); len(r) > 200 {
		agent = string(r[:200])
	}
	session := lab.Session{
		UserID: u.ID, TokenHash: hash, ExpiresAt: s.SessionRule.Expires(tx.Now),
		Address: who.Address, Agent: agent,
	}
	if err := tx.InsertSession(ctx, &session); err != nil {
		return nil, err
	}
	as := &Actor{SessionID: session.ID, RequestID: who.RequestID, Address: who.Address}
	if err := s.become(ctx, tx, as, *u); err != nil {
		return nil, err
	}
	audit(tx, as.entry("session.create", "session", session.ID), nil, nil)
	return &Opened{Token: token, Expires: session.ExpiresAt, Who: as}, nil
}

// sessionOwner is whose session the actor has: the administrator's who acts for
// somebody.
func sessionOwner(who *Actor) int64 {
	if who.Actor != 0 {
		return who.Actor
	}
	return who.User.ID
}

// SignOut ends the actor's session.
func (s *Service) SignOut(ctx context.Context, who *Actor) error {
	if who.SessionID == 0 {
		return nil
	}
	return s.write(ctx, func(tx *store.Tx) error {
		audit(tx, who.entry("session.delete", "session", who.SessionID), nil, nil)
		_, err := tx.DeleteSession(ctx, sessionOwner(who), who.SessionID)
		return err
	})
}

// proof is what somebody proves to be the owner of an account with.
type proof struct {
	password, code string
	factor         bool // the second factor is wanted, if it is on
	// elsewhere asks the directory about the password of an account that has none
	// here; nil: there is nobody to ask.
	elsewhere func(ctx context.Context) (right bool, err error)
}

func errProof() error {
	return lab.Errorf(lab.Unauthenticated, "the e-mail address or the password is wrong")
}

func errCode(msg string) error {
	return &lab.Error{Code: lab.Unauthenticated, Msg: msg, Fields: []lab.Fault{{Field: "code", Msg: msg}}}
}

func errLocked(until, now time.Time) error {
	wait := until.Sub(now).Round(time.Second) + time.Second
	e := lab.Errorf(lab.TooMany, "too many wrong passwords or codes; try again in %s", wait)
	e.Retry = wait
	return e
}

// prove checks a proof for an account and counts it when it is wrong; when it is
// right, f runs in the transaction that forgets the failures. The password is
// checked outside of any transaction, as that takes its time, and the counting
// row is locked after it: many who guess at once have no more guesses.
func (s *Service) prove(ctx context.Context, who *Actor, userID int64, p proof, f func(*store.Tx, *lab.User, *lab.Credential) error) error {
	var u lab.User
	var c lab.Credential
	err := s.read(ctx, func(tx *store.Tx) (err error) {
		if u, err = tx.UserByID(ctx, userID); err != nil {
			return err
		}
		c, err = tx.CredentialOf(ctx, userID)
		return err
	})
	if err != nil {
		return err
	}
	if until := s.Lockout.Until(c.Failures, c.FailedAt, s.Now()); !until.IsZero() {
		return errLocked(until, s.Now())
	}
	usable := u.State == lab.UserActive && u.Source == lab.SourceLocal
	kept := c.PasswordHash
	if !usable {
		kept = "" // takes as long, and is never right
	}
	right, err := s.Passwords.Verify(ctx, p.password, kept)
	if err != nil {
		return fmt.Errorf("check password of account %d: %w", userID, err)
	}
	if p.elsewhere != nil && u.State == lab.UserActive {
		if right, err = p.elsewhere(ctx); err != nil {
			return err
		}
	}
	renewed := ""
	if right && p.elsewhere == nil && s.Passwords.NeedsRehash(kept) {
		if renewed, err = s.Passwords.Hash(ctx, p.password); err != nil {
			return err
		}
	}
	var refusal error
	err = s.write(ctx, func(tx *store.Tx) (err error) {
		refusal = nil
		// First the account, then its credential, as everywhere: no two
		// transactions wait for each other.
		if u, err = tx.LockUser(ctx, userID); err != nil {
			return err
		}
		if c, err = tx.LockCredential(ctx, userID); err != nil {
			return err
		}
		refusal, err = s.judge(&u, &c, p, right && c.PasswordHash == kept && u.State == lab.UserActive, tx.Now)
		if err != nil || lab.CodeOf(refusal) == lab.TooMany {
			return err
		}
		if refusal != nil {
			audit(tx, who.entry("session.refuse", "user", userID), nil, map[string]any{"failures": c.Failures})
			if err := s.postLocked(ctx, tx, &u, &c); err != nil {
				return err
			}
			return tx.UpdateCredential(ctx, &c)
		}
		if renewed != "" {
			c.PasswordHash = renewed
		}
		if err := tx.UpdateCredential(ctx, &c); err != nil {
			return err
		}
		return f(tx, &u, &c)
	})
	if err != nil {
		return err
	}
	return refusal
}

// judge decides, on the locked credential, and counts. A missing code is no
// failure: the page has not asked for it yet.
func (s *Service) judge(u *lab.User, c *lab.Credential, p proof, right bool, now time.Time) (refusal, err error) {
	if until := s.Lockout.Until(c.Failures, c.FailedAt, now); !until.IsZero() {
		return errLocked(until, now), nil
	}
	refusal = errProof()
	if right {
		if !p.factor || !c.TotpOn {
			c.Failures = 0
			return nil, nil
		}
		if p.code == "" {
			return errCode("the code of your second factor is wanted"), nil
		}
		ok, err := s.useCode(u, c, p.code, now)
		if err != nil {
			return nil, err
		}
		if ok {
			c.Failures = 0
			return nil, nil
		}
		refusal = errCode("the code is wrong or was used already; wait for the next one")
	}
	c.Failures, c.FailedAt = s.Lockout.Count(c.Failures, c.FailedAt, now)+1, now
	return refusal, nil
}

// useCode tries a code as one of the second factor, then as a recovery code, and
// notes in the credential that it was used.
func (s *Service) useCode(u *lab.User, c *lab.Credential, code string, now time.Time) (bool, error) {
	if s.Keys == nil {
		return false, lab.Errorf(lab.Unavailable, "second factors cannot be checked: the server has no key file")
	}
	secret, err := s.Keys.Open(totpPurpose(u.ID), c.TotpSecret)
	if err != nil {
		return false, err
	}
	step, ok, err := auth.CheckTOTP(string(secret), code, c.TotpStep, now)
	if err != nil {
		return false, err
	}
	if ok {
		c.TotpStep = step
		return true, nil
	}
	var hashes []string
	if err := json.Unmarshal([]byte(c.Recovery), &hashes); err != nil {
		return false, fmt.Errorf("recovery codes of account %d: %w", u.ID, err)
	}
	remaining, ok := auth.UseRecoveryCode(hashes, code)
	if ok {
		c.Recovery = encode(remaining)
	}
	return ok, nil
}

// strangers counts the failures with addresses that have no account, so that
// guessing at them ends in the same lock-out: otherwise it would tell which
// addresses have one. The table is bounded; who fills it makes it forget.
type strangers struct {
	mu   sync.Mutex
	list map[[sha256.Size]byte]failures
}

type failures struct {
	n    int
	last time.Time
}

const mostStrangers = 10_000

func newStrangers() *strangers { return &strangers{list: map[[sha256.Size]byte]failures{}} }

func (t *strangers) get(key [sha256.Size]byte) failures {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.list[key]
}

func (t *strangers) fail(key [sha256.Size]byte, rule auth.Lockout, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for old := range t.list {
		if len(t.list) < mostStrangers {
			break
		}
		delete(t.list, old)
	}
	is := t.list[key]
	t.list[key] = failures{rule.Count(is.n, is.last, now) + 1, now}
}

// refuseStranger answers for an address without an account, like prove and after
// the same time.
func (s *Service) refuseStranger(ctx context.Context, who *Actor, in SignIn) error {
	key, now := sha256.Sum256([]byte(in.Email)), s.Now()
	is := s.strangers.get(key)
	if until := s.Lockout.Until(is.n, is.last, now); !until.IsZero() {
		return errLocked(until, now)
	}
	if _, err := s.Passwords.Verify(ctx, in.Password, ""); err != nil {
		return err
	}
	s.strangers.fail(key, s.Lockout, now)
	// What was typed as address is not kept: people type passwords there.
	if err := s.write(ctx, func(tx *store.Tx) error {
		audit(tx, who.entry("session.refuse", "user", 0), nil, nil)
		return nil
	}); err != nil {
		return err
	}
	return errProof()
}

// Passwords hashes passwords and checks them. Each check takes as long, with a
// kept hash or "" for none.
type Passwords interface {
	Hash(ctx context.Context, password string) (string, error)
	Verify(ctx context.Context, password, kept string) (bool, error)
	NeedsRehash(kept string) bool
}
