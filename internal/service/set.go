package service

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// Limits of what people type, in characters.
const (
	maxField = 200
	maxInfo  = 20_000
	// MaxRows is the number of sets or samples that one request makes.
	MaxRows = 100
)

// SetView is a set as one actor sees it.
type SetView struct {
	lab.SetRow
	Identity bool     // the actor knows who the patient is
	Age      string   // of a patient, today: see [access.Age]
	Owner    string   // name of the group that owns it
	Creator  string   // name of who entered it; "" where nobody did
	Tags     []string // of its info
	// May is what the actor may do with it.
	May []access.Right
}

// SetInput is what a set is made from. Which fields there are depends on the
// kind.
type SetInput struct {
	Kind    lab.SetKind
	GroupID int64 // the owner; 0 chooses the group that the actor works in

	FirstName, LastName, Birth string // of a patient
	Name                       string // of a run or set
	RunDate, Sequencer, Pcr    string // of a run
	Label, Info                string
}

// CreateSets makes sets, all of them or none. Faults are told by row.
func (s *Service) CreateSets(ctx context.Context, who *Actor, rows []SetInput) (views []SetView, err error) {
	if err := who.require(); err != nil {
		return nil, err
	}
	if len(rows) == 0 || len(rows) > MaxRows {
		return nil, fault("rows", "want 1 to %d sets", MaxRows)
	}
	err = s.write(ctx, func(tx *store.Tx) error {
		sets, err := s.newSets(ctx, tx, who, rows)
		if err != nil {
			return err
		}
		ids := make([]int64, len(sets))
		for i := range sets {
			set := &sets[i]
			if err := tx.InsertSet(ctx, set, setText(set)); err != nil {
				return err
			}
			if err := tagSet(ctx, tx, set, []int64{set.GroupID}); err != nil {
				return err
			}
			ids[i] = set.ID
			e := who.entry("set.create", "set", set.ID)
			e.SetID = set.ID
			audit(tx, e, nil, recordSet(set))
		}
		if err := tx.Relist(ctx, ids); err != nil {
			return err
		}
		views, err = s.viewSets(ctx, tx, &opener{who: who}, ids)
		return err
	})
	return views, err
}

// newSets checks all rows before anything is written.
func (s *Service) newSets(ctx context.Context, tx *store.Tx, who *Actor, rows []SetInput) ([]lab.Set, error) {
	var wrong, refused lab.Faults
	owner := int64(0)
	sets := make([]lab.Set, len(rows))
	for i := range rows {
		row, at := &rows[i], fmt.Sprintf("rows[%d].", i)
		if row.GroupID == 0 {
			if owner == 0 {
				var err error
				if owner, err = defaultOwner(ctx, tx, who); err != nil {
					return nil, err
				}
			}
			row.GroupID = owner
		}
		if row.GroupID == 0 {
			refused.Add(at+"group_id", "you are in no group in which you may create sets")
		} else if ok, err := mayOwnSets(ctx, tx, who, row.GroupID); err != nil {
			return nil, err
		} else if !ok {
			refused.Add(at+"group_id", "you may not create sets for the group %d", row.GroupID)
		}
		sets[i] = row.set(who.User.ID)
		checkSet(&wrong, at, &sets[i], lab.DateOf(s.Now().UTC()))
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	return sets, forbidden(refused.Err())
}

// forbidden makes faults of input a refusal.
func forbidden(err error) error {
	if e, ok := err.(*lab.Error); ok {
		e.Code = lab.Forbidden
	}
	return err
}

// mayOwnSets tells whether the actor may make sets that the group owns. The
// public group owns none.
func mayOwnSets(ctx context.Context, tx *store.Tx, who *Actor, groupID int64) (bool, error) {
	if !who.CanCreate(access.Set, groupID) {
		return false, nil
	}
	g, err := tx.GroupByID(ctx, groupID)
	if lab.CodeOf(err) == lab.NotFound {
		return false, nil
	}
	return err == nil && g.Kind != lab.GroupPublic, err
}

// defaultOwner is the group that owns new sets where the actor does not say: of
// those that suggest themselves the one that has most sets, the personal one
// last; 0 for none.
func defaultOwner(ctx context.Context, tx *store.Tx, who *Actor) (int64, error) {
	targets := who.Targets(access.Set, access.Create)
	count, err := tx.CountSetsOf(ctx, targets)
	if err != nil {
		return 0, err
	}
	personal := func(id int64) bool {
		return slices.ContainsFunc(who.Memberships, func(m access.Membership) bool { return m.Group == id && m.Personal })
	}
	best := int64(0)
	for _, g := range targets {
		if best == 0 || personal(best) && !personal(g) || personal(best) == personal(g) && count[g] > count[best] {
			best = g
		}
	}
	return best, nil
}

// set is the row as a set.
func (r *SetInput) set(creator int64) lab.Set {
	return lab.Set{
		Kind: r.Kind, GroupID: r.GroupID, CreatorID: creator,
		FirstName: lab.NewPrivate(strings.TrimSpace(r.FirstName)), LastName: lab.NewPrivate(strings.TrimSpace(r.LastName)), Birth: lab.NewPrivate(strings.TrimSpace(r.Birth)),
		Name: strings.TrimSpace(r.Name), RunDate: lab.Date(strings.TrimSpace(r.RunDate)), Sequencer: strings.TrimSpace(r.Sequencer), Pcr: strings.TrimSpace(r.Pcr),
		Label: lab.NewPrivate(strings.TrimSpace(r.Label)), Info: strings.TrimSpace(r.Info),
	}
}

// checkSet notes what is wrong with a set. today bounds birth dates.
func checkSet(f *lab.Faults, at string, s *lab.Set, today lab.Date) {
	f.Require(slices.Contains(lab.SetKinds(), s.Kind), at+"kind", "want patient, run or set, not %q", s.Kind)
	type field struct {
		name, text string
		of         []lab.SetKind // none: all
		needed     bool
	}
	for _, x := range []field{
		{"first_name", s.FirstName.Stored(), []lab.SetKind{lab.Patient}, false},
		{"last_name", s.LastName.Stored(), []lab.SetKind{lab.Patient}, true},
		{"birth", s.Birth.Stored(), []lab.SetKind{lab.Patient}, false},
		{"name", s.Name, []lab.SetKind{lab.Run, lab.PlainSet}, true},
		{"run_date", string(s.RunDate), []lab.SetKind{lab.Run}, false},
		{"sequencer", s.Sequencer, []lab.SetKind{lab.Run}, false},
		{"pcr", s.Pcr, []lab.SetKind{lab.Run}, false},
		{"label", s.Label.Stored(), nil, false},
	} {
		mine := len(x.of) == 0 || slices.Contains(x.of, s.Kind)
		switch {
		case mine && x.needed && x.text == "":
			f.Add(at+x.name, "is missing")
		case !mine && x.text != "" && slices.Contains(lab.SetKinds(), s.Kind):
			f.Add(at+x.name, "a %s has none", s.Kind)
		default:
			checkText(f, at+x.name, x.text, maxField, false)
		}
	}
	checkText(f, at+"info", s.Info, maxInfo, true)
	birth, err := lab.ParseDate(s.Birth.Stored())
	f.Require(err == nil, at+"birth", "want YYYY-MM-DD, as 1980-02-29")
	f.Require(err != nil || birth <= today, at+"birth", "is in the future")
	_, err = lab.ParseDate(string(s.RunDate))
	f.Require(err == nil, at+"run_date", "want YYYY-MM-DD, as 2026-11-23")
}

// checkText notes a text that is too long, or has letters that no one can type.
func checkText(f *lab.Faults, field, text string, most int, lines bool) {
	f.Require(utf8.ValidString(text), field, "is not UTF-8")
	f.Require(utf8.RuneCountInString(text) <= most, field, "has more than %d characters", most)
	strange := strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && (!lines || !strings.ContainsRune("\n\t\r", r)) })
	f.Require(!strange, field, "has control characters")
}

// tagSet writes the tags of a set, and makes them known to groups.
func tagSet(ctx context.Context, tx *store.Tx, s *lab.Set, groups []int64) error {
	tags, err := tx.PutTags(ctx, setTags(s))
	if err != nil {
		return err
	}
	if err := tx.AddGroupTags(ctx, groups, tags); err != nil {
		return err
	}
	return tx.SetTags(ctx, s.ID, tags)
}

// setRecord is a set in the audit. What tells who a patient is stands apart,
// so that it can be left out where the audit is shown.
type setRecord struct {
	Kind      lab.SetKind        `json:"kind"`
	GroupID   int64              `json:"group_id"`
	Identity  *setIdentityRecord `json:"identity,omitempty"`
	Name      string             `json:"name,omitempty"`
	RunDate   lab.Date           `json:"run_date,omitempty"`
	Sequencer string             `json:"sequencer,omitempty"`
	Pcr       string             `json:"pcr,omitempty"`
	Label     string             `json:"label,omitempty"` // of a patient: in the identity
	Info      string             `json:"info,omitempty"`
}

type setIdentityRecord struct {
	FirstName string `json:"first_name,omitempty"`
	LastName  string `json:"last_name,omitempty"`
	Birth     string `json:"birth,omitempty"`
	Label     string `json:"label,omitempty"`
	Info      string `json:"info,omitempty"` // where it repeats one of the others
}

func recordSet(s *lab.Set) setRecord {
	r := setRecord{Kind: s.Kind, GroupID: s.GroupID, Name: s.Name, RunDate: s.RunDate, Sequencer: s.Sequencer, Pcr: s.Pcr, Label: s.Label.Stored(), Info: s.Info}
	if s.Kind == lab.Patient {
		r.Label = ""
		r.Info = access.Redact(s.Info, identityWords(s), "…")
		r.Identity = &setIdentityRecord{FirstName: s.FirstName.Stored(), LastName: s.LastName.Stored(), Birth: s.Birth.Stored(), Label: s.Label.Stored()}
		if r.Info != s.Info {
			r.Identity.Info = s.Info
		}
	}
	return r
}

// setFor loads a set for a use case. One that the actor may not see is not
// there; one where may says no is refused, in the words of what.
func setFor(ctx context.Context, tx *store.Tx, who *Actor, id int64, may func(sharedWith []int64) bool, what string) (set lab.Set, shared []int64, err error) {
	if err := tx.LockSets(ctx, []int64{id}); err != nil {
		return set, nil, err
	}
	set, shared, err = visibleSet(ctx, tx, who, id)
	if err != nil {
		return set, nil, err
	}
	if !may(shared) {
		return set, nil, errForbidden(what)
	}
	return set, shared, nil
}

// visibleSet loads a set that the actor may see, for reading.
func visibleSet(ctx context.Context, tx *store.Tx, who *Actor, id int64) (set lab.Set, shared []int64, err error) {
	set, err = tx.SetByID(ctx, id)
	if lab.CodeOf(err) == lab.NotFound {
		return set, nil, errNotFound("set", id)
	}
	if err != nil {
		return set, nil, err
	}
	groups, err := tx.SetAccess(ctx, []int64{id})
	if err != nil {
		return set, nil, err
	}
	if !who.ViewSet(groups[id]) {
		return set, nil, errNotFound("set", id)
	}
	return set, groups[id], nil
}

// errTrashed answers a change of something in the trash.
func errTrashed(what string, id int64) error {
	return lab.Errorf(lab.Conflict, "%s %d is in the trash; restore it first", what, id)
}

// SetByID returns a set.
func (s *Service) SetByID(ctx context.Context, who *Actor, id int64) (v SetView, err error) {
	if err := who.require(); err != nil {
		return v, err
	}
	o := &opener{who: who}
	err = s.read(ctx, func(tx *store.Tx) error {
		if _, _, err := visibleSet(ctx, tx, who, id); err != nil {
			return err
		}
		list, err := s.viewSets(ctx, tx, o, []int64{id})
		if err == nil {
			v = list[0]
		}
		return err
	})
	if err == nil {
		err = s.auditRead(ctx, o, "set", id)
	}
	if err != nil {
		return SetView{}, err
	}
	return v, nil
}

// viewSets loads sets that the actor may see as the actor sees them.
func (s *Service) viewSets(ctx context.Context, tx *store.Tx, o *opener, ids []int64) ([]SetView, error) {
	rows, err := tx.SetRows(ctx, ids)
	if err != nil {
		return nil, err
	}
	return s.viewRows(ctx, tx, o, rows)
}

func (s *Service) viewRows(ctx context.Context, tx *store.Tx, o *opener, rows []lab.SetRow) ([]SetView, error) {
	ids, owners, creators := make([]int64, len(rows)), []int64{}, []int64{}
	for i := range rows {
		ids[i] = rows[i].ID
		owners, creators = append(owners, rows[i].GroupID), append(creators, rows[i].CreatorID)
	}
	shared, err := tx.SetAccess(ctx, ids)
	if err != nil {
		return nil, err
	}
	groupNames, err := tx.GroupNames(ctx, distinct(owners))
	if err != nil {
		return nil, err
	}
	userNames, err := tx.UserNames(ctx, distinct(creators))
	if err != nil {
		return nil, err
	}
	views := make([]SetView, len(rows))
	today := lab.DateOf(s.Now().UTC())
	for i := range rows {
		v := &views[i]
		v.SetRow = rows[i]
		v.Age = access.Age(lab.Date(v.Birth.Stored()), today)
		v.Identity = o.set(&v.Set, shared[v.ID])
		v.Tags = lab.Tags(v.Info)
		v.Owner, v.Creator = groupNames[v.GroupID], userNames[v.CreatorID]
		v.May = rightsOn(o.who, shared[v.ID])
	}
	return views, nil
}

// rightsOn are the rights that the actor has on a set.
func rightsOn(who *Actor, shared []int64) []access.Right {
	var list []access.Right
	for _, r := range access.Rights(access.Set) {
		if r != access.Create && who.Can(access.Set, r, shared) {
			list = append(list, r)
		}
	}
	return list
}
