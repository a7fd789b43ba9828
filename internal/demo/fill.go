package demo

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"time"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/vdj/germline"
)

// Person is somebody who can sign in to the demonstration.
type Person struct {
	Role, Email, Password string
}

// diagnosed is the day of the patient's diagnosis.
var diagnosed = time.Date(2025, time.January, 15, 0, 0, 0, 0, time.UTC)

// config is the config that analyses what arrives, by the name that the first
// start gives it.
const config = "multi+inc+xxx"

// Fill fills the empty server at a URL with the token of its setup link, and
// returns who can sign in. Passwords are made at random: there are no default
// ones, not even here. They are handed to keep as soon as there is somebody to
// sign in: the reads take long enough for the server to be stopped meanwhile.
func Fill(ctx context.Context, url, setupToken string, keep func([]Person) error) (people []Person, err error) {
	f := &filler{url: url}
	for _, step := range []func(context.Context) error{
		func(ctx context.Context) error { return f.setUp(ctx, setupToken) },
		f.addGroups, f.addPeople,
		func(context.Context) error { return keep(f.people) },
		f.addAutomatic, f.addSets, f.addSamples,
	} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("fill with demonstration data: %w", err)
		}
	}
	return f.people, nil
}

// filler is a demonstration in the making.
type filler struct {
	url         string
	people      []Person
	admin       *client.Client
	doctor      *client.Client
	laboratory  client.Group
	doctors     client.Group
	technicians client.Group
	patient     client.Set
	run         client.Set
}

// session makes a client that keeps the cookie of who signs in with it.
func (f *filler) session() (*client.Client, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	return client.New(client.Options{URL: f.url, HTTP: &http.Client{Jar: jar}})
}

// password is one that people can type: five groups of letters.
func password() string {
	text := strings.ToLower(rand.Text())
	return strings.Join([]string{text[0:4], text[4:8], text[8:12], text[12:16], text[16:20]}, "-")
}

func (f *filler) setUp(ctx context.Context, token string) (err error) {
	if f.admin, err = f.session(); err != nil {
		return err
	}
	p := Person{Role: "administrator (sees no names)", Email: "admin@demo.example", Password: password()}
	_, err = f.admin.Setup(ctx, client.Setup{Token: token, Email: p.Email, Name: "Demo administrator", Password: p.Password})
	f.people = append(f.people, p)
	return err
}

// addGroups makes a laboratory with two roles: both do the daily work, and only
// the doctors see who the patients are.
func (f *filler) addGroups(ctx context.Context) (err error) {
	if f.laboratory, err = f.admin.CreateGroup(ctx, client.NewGroup{Name: "Demo laboratory", Description: "Owns the demonstration"}); err != nil {
		return err
	}
	roles := []struct {
		group  *client.Group
		name   string
		rights []string
	}{
		{&f.technicians, "Demo technicians", []string{"set:create", "set:read", "set:edit", "set:upload", "set:run", "set:save", "config:read"}},
		{&f.doctors, "Demo doctors", []string{"set:create", "set:read", "set:edit", "set:upload", "set:run", "set:save", "set:anon", "set:share", "config:read"}},
	}
	for _, r := range roles {
		if *r.group, err = f.admin.CreateGroup(ctx, client.NewGroup{Name: r.name, ParentID: f.laboratory.ID}); err != nil {
			return err
		}
		if _, err = f.admin.SetRights(ctx, r.group.ID, r.rights...); err != nil {
			return err
		}
	}
	return nil
}

// addPeople invites one person for each role, who chooses a password by the link.
func (f *filler) addPeople(ctx context.Context) error {
	for _, p := range []struct {
		who   Person
		name  string
		group int64
	}{
		{Person{Role: "doctor (sees names)", Email: "doctor@demo.example"}, "Demo doctor", f.doctors.ID},
		{Person{Role: "technician (sees no names)", Email: "technician@demo.example"}, "Demo technician", f.technicians.ID},
	} {
		p.who.Password = password()
		invitation, err := f.admin.CreateUser(ctx, client.NewUser{Email: p.who.Email, Name: p.name, Groups: []int64{p.group}})
		if err != nil {
			return err
		}
		if err := f.admin.ResetPassword(ctx, client.PasswordReset{Token: tokenOf(invitation.Link), Password: p.who.Password}); err != nil {
			return err
		}
		f.people = append(f.people, p.who)
	}
	var err error
	if f.doctor, err = f.session(); err != nil {
		return err
	}
	who := f.people[1]
	_, err = f.doctor.SignIn(ctx, client.Credentials{Email: who.Email, Password: who.Password})
	return err
}

// tokenOf is the end of a one-time link.
func tokenOf(link string) string {
	if at := strings.LastIndexAny(link, "=#/"); at >= 0 {
		return link[at+1:]
	}
	return link
}

// addAutomatic has everything that arrives in the laboratory analysed.
func (f *filler) addAutomatic(ctx context.Context) error {
	list, err := f.admin.Configs(ctx)
	if err != nil {
		return err
	}
	for _, c := range list.Items {
		if c.Name == config {
			return f.admin.SetAutoConfigsOfGroup(ctx, f.laboratory.ID, c.ID)
		}
	}
	return fmt.Errorf("there is no config %s", config)
}

func (f *filler) addSets(ctx context.Context) error {
	sets, err := f.doctor.CreateSets(ctx,
		client.NewSet{
			Kind: "patient", GroupID: f.laboratory.ID, FirstName: "Camille", LastName: "Demo", Birth: "2014-03-09", Label: "DEMO-1",
			Info: "Made-up patient: leukaemia with relapse #B-ALL #simulated",
		},
		client.NewSet{
			Kind: "run", GroupID: f.laboratory.ID, Name: "Demo run", RunDate: day(2), Sequencer: "simulated", Pcr: "EuroClonality-NGS",
			Info: "A diagnosis with controls; the control without template is contaminated #QC #simulated",
		})
	if err != nil {
		return err
	}
	f.patient, f.run = sets[0], sets[1]
	return nil
}

// day is a day after the diagnosis.
func day(n int) string { return diagnosed.AddDate(0, 0, n).Format(time.DateOnly) }

// addSamples uploads the reads, which starts the analyses.
func (f *filler) addSamples(ctx context.Context) error {
	set, err := germline.Human()
	if err != nil {
		return err
	}
	for _, s := range Samples() {
		var sets []int64
		if s.Patient {
			sets = append(sets, f.patient.ID)
		}
		if s.Run {
			sets = append(sets, f.run.ID)
		}
		var reads bytes.Buffer
		if err := s.WriteReads(&reads, set); err != nil {
			return err
		}
		made, err := f.doctor.CreateSamples(ctx, client.NewSample{
			Sets: sets, Name: s.Name, SamplingDate: day(s.Day), Info: s.Info,
			Files: []client.NewFile{{Role: "reads", Name: s.File, Size: int64(reads.Len())}},
		})
		if err != nil {
			return err
		}
		if err := f.upload(ctx, made[0].Files[0].ID, s.File, reads.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

func (f *filler) upload(ctx context.Context, fileID int64, name string, reads []byte) error {
	_, err := f.doctor.Upload(ctx, fileID, name, bytes.NewReader(reads), int64(len(reads)), client.UploadOptions{})
	return err
}
