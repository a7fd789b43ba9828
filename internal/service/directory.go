package service

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"log/slog"
	"slices"
	"time"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// Directory proves by a password whose an account is, beside the passwords that
// are kept here.
type Directory interface {
	// Find looks for the person that a typed name means; NotFound is nobody.
	Find(ctx context.Context, name string) (lab.Claim, error)
	// Prove asks whether the password is that of a person whom Find found. The
	// zero claim is nobody's, and takes as long. A wrong one is Unauthenticated.
	Prove(ctx context.Context, found lab.Claim, name, password string) (lab.Claim, error)
	// Lookup tells what the directory says now of a subject; NotFound when it is
	// there no more.
	Lookup(ctx context.Context, subject string) (lab.Claim, error)
}

// Realm says what the word of a directory or provider counts for here.
type Realm struct {
	// Groups are groups of the directory and those here whose members they are.
	Groups map[string]string
	// AdminGroup holds the administrators; "" is none. RequiredGroup holds those
	// who may sign in; "" is everybody.
	AdminGroup, RequiredGroup string
	// LinkByEmail gives a person the account that has their e-mail address.
	// Without it whoever may set an address in the directory could not take
	// somebody's account over; with it the directory is trusted with all accounts.
	LinkByEmail bool
	// NoAccounts makes no accounts: those whom an administrator made and
	// LinkByEmail gives to their owners are all there are.
	NoAccounts bool
	// NoSecondFactor asks for no second factor here: there was one there.
	NoSecondFactor bool
	// Key gives the name of a group the form in which the directory's claims have
	// it; nil leaves it as it is.
	Key func(group string) string
}

// has tells whether a claim is of a member of a group.
func (r *Realm) has(claim *lab.Claim, group string) bool {
	if r.Key != nil {
		group = r.Key(group)
	}
	return slices.Contains(claim.Groups, group)
}

// admits tells whether somebody may have an account at all.
func (r *Realm) admits(claim *lab.Claim) bool {
	return !claim.Disabled && (r.RequiredGroup == "" || r.has(claim, r.RequiredGroup))
}

// errDirectoryDown reads the same for all who cannot be signed in while the
// directory is silent, those with a local account and a wrong password too:
// otherwise it would tell who has which account.
func errDirectoryDown() error {
	return lab.Errorf(lab.Unauthenticated, "the e-mail address or the password is wrong; or they are those of the directory, which does not answer now: try again later")
}

// signInDirectory signs in whom the directory proves. u is the account of the
// typed address, if there is one. counted tells that the attempt was counted as
// a wrong password already.
func (s *Service) signInDirectory(ctx context.Context, who *Actor, in SignIn, u lab.User, counted bool) (*Opened, error) {
	found, err := s.Directory.Find(ctx, in.Email)
	if code := lab.CodeOf(err); code != "" && code != lab.NotFound {
		return nil, s.directoryDown(ctx, in, err)
	}
	account, err := s.accountOf(ctx, &found, &u)
	if err != nil {
		return nil, err
	}
	if err := s.waitOf(ctx, account, in.Email); err != nil && !counted {
		return nil, err
	}
	claim, err := s.Directory.Prove(ctx, found, in.Email, in.Password)
	code := lab.CodeOf(err)
	if code != "" && code != lab.Unauthenticated {
		return nil, s.directoryDown(ctx, in, err)
	}
	// As much work as for a local account, for which it is done already.
	if !counted {
		if _, err := s.Passwords.Verify(ctx, in.Password, ""); err != nil {
			return nil, err
		}
	}
	if code == lab.Unauthenticated {
		if counted {
			return nil, errProof()
		}
		return nil, s.refuse(ctx, who, account, in.Email)
	}
	opened, err := s.enter(ctx, who, &s.DirectoryRealm, &claim, entrance{code: in.Code, agent: in.Agent, replaces: who.SessionID})
	return opened, err
}

// accountOf is the account whose failures count: that of the person whom the
// directory knows by the name, else that of the typed address if the directory
// proves it; 0 for none.
func (s *Service) accountOf(ctx context.Context, found *lab.Claim, u *lab.User) (id int64, err error) {
	if u.Source == lab.SourceLDAP {
		id = u.ID
	}
	if found.Subject == "" {
		return id, nil
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		known, err := tx.IdentityBySubject(ctx, found.Issuer, found.Subject)
		if lab.CodeOf(err) == lab.NotFound {
			return nil
		}
		if err == nil {
			id = known.UserID
		}
		return err
	})
	return id, err
}

// waitOf refuses an attempt that comes too early after wrong ones with an
// account, or with a name that has none.
func (s *Service) waitOf(ctx context.Context, account int64, name string) error {
	is := s.strangers.get(sha256.Sum256([]byte(name)))
	if account != 0 {
		err := s.read(ctx, func(tx *store.Tx) error {
			c, err := tx.CredentialOf(ctx, account)
			is = failures{c.Failures, c.FailedAt}
			return err
		})
		if err != nil {
			return err
		}
	}
	now := s.Now()
	if until := s.Lockout.Until(is.n, is.last, now); !until.IsZero() {
		return errLocked(until, now)
	}
	return nil
}

// refuse counts a wrong password, with the account or the name that has none.
func (s *Service) refuse(ctx context.Context, who *Actor, account int64, name string) error {
	if account != 0 {
		if err := s.countFailure(ctx, who, account); err != nil {
			return err
		}
		return errProof()
	}
	s.strangers.fail(sha256.Sum256([]byte(name)), s.Lockout, s.Now())
	err := s.write(ctx, func(tx *store.Tx) error {
		audit(tx, who.entry("session.refuse", "user", 0), nil, nil)
		return nil
	})
	if err != nil {
		return err
	}
	return errProof()
}

// countFailure counts a wrong password or code with an account.
func (s *Service) countFailure(ctx context.Context, who *Actor, userID int64) error {
	return s.write(ctx, func(tx *store.Tx) error {
		u, err := tx.LockUser(ctx, userID)
		if err != nil {
			return err
		}
		c, err := tx.LockCredential(ctx, userID)
		if err != nil {
			return err
		}
		c.Failures, c.FailedAt = s.Lockout.Count(c.Failures, c.FailedAt, tx.Now)+1, tx.Now
		audit(tx, who.entry("session.refuse", "user", userID), nil, map[string]any{"failures": c.Failures})
		if err := s.postLocked(ctx, tx, &u, &c); err != nil {
			return err
		}
		return tx.UpdateCredential(ctx, &c)
	})
}

// directoryDown notes that the directory does not answer. Attempts are held up
// like wrong ones while it is silent, and forgotten when it speaks again: nobody
// is locked out of an account by a machine that was down.
func (s *Service) directoryDown(ctx context.Context, in SignIn, cause error) error {
	s.Log.LogAttrs(ctx, slog.LevelWarn, "directory does not prove anybody", slog.String("error", cause.Error()))
	key, now := sha256.Sum256([]byte("down\x00"+in.Email)), s.Now()
	is := s.strangers.get(key)
	if until := s.Lockout.Until(is.n, is.last, now); !until.IsZero() {
		return errLocked(until, now)
	}
	if _, err := s.Passwords.Verify(ctx, in.Password, ""); err != nil {
		return err
	}
	s.strangers.fail(key, s.Lockout, now)
	return errDirectoryDown()
}

// afterLocal answers a wrong password for an account that is not the directory's:
// as for all others, who ask the directory. With LinkByEmail it may be the
// directory's password of the person whose account it becomes.
func (s *Service) afterLocal(ctx context.Context, who *Actor, in SignIn, u lab.User, refusal error) (*Opened, error) {
	e, ok := errors.AsType[*lab.Error](refusal)
	if !ok || e.Code != lab.Unauthenticated || len(e.Fields) > 0 {
		return nil, refusal
	}
	if s.DirectoryRealm.LinkByEmail && u.Source == lab.SourceLocal {
		return s.signInDirectory(ctx, who, in, u, true)
	}
	nobody := rand.Text()
	_, err := s.Directory.Find(ctx, nobody)
	if code := lab.CodeOf(err); code == "" || code == lab.NotFound {
		_, err = s.Directory.Prove(ctx, lab.Claim{}, nobody, rand.Text())
	}
	if code := lab.CodeOf(err); code != lab.Unauthenticated {
		s.Log.LogAttrs(ctx, slog.LevelWarn, "directory does not prove anybody", slog.Any("error", err))
		return nil, errDirectoryDown()
	}
	return nil, refusal
}

// entrance is how somebody comes in whose identity is proven.
type entrance struct {
	code, agent string
	replaces    int64 // a session; 0 for none
	provider    string
	idToken     []byte
	pending     int64 // the sign-in that waited for the code, used up by it
}

// errNotYet takes back a transaction whose second factor is missing or wrong.
var errNotYet = errors.New("second factor")

// enter opens a session for the person of a proven claim: their account is
// found, linked or made, gets the groups that the directory gives, and asks for
// its second factor. Where that is missing or wrong nothing of it happens. Other
// refusals are kept: an account that the directory disabled is from then on.
func (s *Service) enter(ctx context.Context, who *Actor, realm *Realm, claim *lab.Claim, e entrance) (opened *Opened, err error) {
	var refusal error
	var u lab.User
	err = s.write(ctx, func(tx *store.Tx) (err error) {
		opened, refusal = nil, nil
		u, refusal, err = s.admit(ctx, tx, who, realm, claim)
		if err != nil {
			return err
		}
		if refusal != nil {
			audit(tx, who.entry("session.refuse", "user", u.ID), nil, map[string]any{"source": sourceOf(claim)})
			return nil //nolint:nilerr // the refusal is told after the audit entry is kept
		}
		c, err := tx.LockCredential(ctx, u.ID)
		if err != nil {
			return err
		}
		refusal, err = s.judge(&u, &c, proof{code: e.code, factor: !realm.NoSecondFactor}, true, tx.Now)
		if err != nil {
			return err
		}
		if refusal != nil {
			return errNotYet
		}
		opened, err = s.openProven(ctx, tx, who, &u, &c, e)
		return err
	})
	if errors.Is(err, errNotYet) {
		if e.code != "" && lab.CodeOf(refusal) != lab.TooMany {
			if err := s.countFailure(ctx, who, u.ID); err != nil {
				return nil, err
			}
		}
		return nil, refusal
	}
	if err != nil {
		return nil, err
	}
	return opened, refusal
}

// openProven opens the session.
func (s *Service) openProven(ctx context.Context, tx *store.Tx, who *Actor, u *lab.User, c *lab.Credential, e entrance) (*Opened, error) {
	if e.pending != 0 {
		there, err := tx.DeletePendingSignIn(ctx, e.pending)
		if err == nil && !there {
			err = refused(ReasonState, "this sign-in was used already: begin again")
		}
		if err != nil {
			return nil, err
		}
	}
	if err := tx.UpdateCredential(ctx, c); err != nil {
		return nil, err
	}
	u.LastLoginAt = tx.Now
	if err := tx.UpdateUser(ctx, u); err != nil {
		return nil, err
	}
	if e.replaces != 0 {
		if _, err := tx.DeleteSession(ctx, sessionOwner(who), e.replaces); err != nil {
			return nil, err
		}
	}
	opened, err := s.openSession(ctx, tx, who, u, e.agent)
	if err != nil || e.provider == "" {
		return opened, err
	}
	sealed := []byte(nil)
	if s.Keys != nil {
		sealed = s.Keys.Seal(idTokenPurpose(opened.Who.SessionID), e.idToken)
	}
	return opened, tx.InsertSessionProvider(ctx, &lab.SessionProvider{SessionID: opened.Who.SessionID, Provider: e.provider, IDToken: sealed})
}

// sourceOf is the word of an account's source for who proves a claim.
func sourceOf(claim *lab.Claim) string {
	if claim.Issuer == lab.IssuerLDAP {
		return lab.SourceLDAP
	}
	return lab.SourceOIDC
}

// freshFor is how long after a sign-in with a provider its word counts as a proof
// again, for what a session alone does not allow.
const freshFor = 10 * time.Minute

// ownerProof is ownProof for accounts whose owners others prove, too: the
// directory is asked about the password; after a provider, which asks for it
// itself, the sign-in has to be a new one.
func (s *Service) ownerProof(ctx context.Context, who *Actor, password string, f func(*store.Tx, *lab.User, *lab.Credential) error) error {
	if err := who.own(); err != nil {
		return err
	}
	p := proof{password: password}
	switch who.User.Source {
	case lab.SourceLDAP:
		p.elsewhere = func(ctx context.Context) (bool, error) { return s.directoryProves(ctx, who.User.ID, password) }
	case lab.SourceOIDC:
		fresh, err := s.freshSession(ctx, who)
		if err != nil {
			return err
		}
		if !fresh {
			return fault("password", "sign out, sign in again, and do this within ten minutes")
		}
		p.elsewhere = func(context.Context) (bool, error) { return true, nil }
	default:
		return s.ownProof(ctx, who, password, f)
	}
	err := s.prove(ctx, who, who.User.ID, p, f)
	if lab.CodeOf(err) == lab.Unauthenticated {
		return fault("password", "the password is wrong")
	}
	return err
}

// directoryProves asks the directory about the password of an account.
func (s *Service) directoryProves(ctx context.Context, userID int64, password string) (bool, error) {
	if s.Directory == nil {
		return false, nil
	}
	var list []lab.Identity
	err := s.read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.IdentitiesOf(ctx, userID)
		return err
	})
	if err != nil {
		return false, err
	}
	for i := range list {
		if list[i].Issuer != lab.IssuerLDAP {
			continue
		}
		found, err := s.Directory.Lookup(ctx, list[i].Subject)
		if err == nil {
			_, err = s.Directory.Prove(ctx, found, found.Email, password)
		}
		switch lab.CodeOf(err) {
		case "":
			return true, nil
		case lab.Unauthenticated, lab.NotFound:
			return false, nil
		default:
			s.Log.LogAttrs(ctx, slog.LevelWarn, "directory does not prove anybody", slog.String("error", err.Error()))
			return false, lab.Errorf(lab.Unavailable, "the directory does not answer now: try again later")
		}
	}
	return false, nil
}

func (s *Service) freshSession(ctx context.Context, who *Actor) (fresh bool, err error) {
	if who.SessionID == 0 {
		return false, nil
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		list, err := tx.SessionsOf(ctx, who.User.ID)
		for i := range list {
			fresh = fresh || list[i].ID == who.SessionID && tx.Now.Sub(list[i].CreatedAt) < freshFor
		}
		return err
	})
	return fresh, err
}
