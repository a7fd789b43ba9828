// Package config is what an administrator can set, in one struct: its tags are
// the names in files, the defaults, and the words of the reference page.
//
// A value comes from the last of these that gives one: the default, a TOML
// file, a credential that systemd hands over, the environment, an option of the
// command line. Nobody but this package reads them, and it reads nothing else:
// what a setting means is known to the part that it belongs to.
package config

// Config is all settings. The zero value of a field stands for its default; see
// [Config.WithDefaults].
//
// Tags: toml is the name, default the default, doc a sentence for people, values
// the words that are allowed, flag the option of the command line that gives the
// same, secret marks what is never shown ("true", or "url" for the password of a
// URL), path a file name, which in a file is relative to that file.
//
//go:generate go run vidjil.org/vidjil/cmd/vidjil config reference --output ../../docs/admin/configuration.md
type Config struct {
	Data     string            `toml:"data" path:"true" flag:"data" doc:"The directory of everything that the server keeps. It is made when it is not there."`
	Database string            `toml:"database" secret:"url" flag:"database" doc:"URL of the database, sqlite:PATH or postgres://USER@HOST/NAME; without one, a file in data."`
	Blobs    string            `toml:"blobs" flag:"blobs" doc:"URL of the bytes of reads and results, s3://BUCKET/PREFIX?endpoint=URL&region=NAME, with the keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; without one, a directory in data."`
	Sources  map[string]string `toml:"sources" path:"true" flag:"source" doc:"Mounted folders from which people attach files without copying them, by name."`

	HTTP      HTTP      `toml:"http" doc:"Where the server listens and how people reach it."`
	TLS       TLS       `toml:"tls" doc:"Encryption of connections."`
	Workers   Workers   `toml:"workers" doc:"What works on jobs."`
	Limits    Limits    `toml:"limits" doc:"How much and how often."`
	Mail      Mail      `toml:"mail" doc:"The mail server. Without host, mails are not sent: the log says that there would be one."`
	Directory Directory `toml:"directory" doc:"Sign-in through the laboratory's directory. Local accounts go on to work beside it."`

	Healthcare bool `toml:"healthcare" flag:"healthcare" doc:"The server is certified for health data: notices that it is not are left out, pages offer no tools of other sites, and the browser refuses to send them anything."`

	Notices   Notices   `toml:"notices" doc:"Texts for everybody who opens the pages."`
	Accounts  Accounts  `toml:"accounts" doc:"People's accounts. They are made by administrators, or by the directory: there is no self-registration."`
	Retention Retention `toml:"retention" doc:"How long what is kept. Off is for ever."`

	PublicAnalysis string `toml:"public_analysis" default:"anybody" values:"anybody|nobody" doc:"Who, besides people who are signed in, may have a few pasted sequences analysed, which are not kept."`
	Telemetry      bool   `toml:"telemetry" doc:"Always false: the program sends nothing to its makers or anybody else. The setting is there so that an audit finds it; true is refused."`

	ExternalTools []string `toml:"external_tools" values:"none|vquest|igblast|blast|subsets|junctions" doc:"Tools of other sites to which pages offer to send sequences that people chose: IMGT/V-QUEST, IgBLAST, BLAST, ARResT/AssignSubsets and ARResT/CompileJunctions. Without it all; none is none. With healthcare there are none."`

	Log     Log     `toml:"log" doc:"The log on standard error. It has ids, never names or sequences."`
	Metrics Metrics `toml:"metrics" doc:"Numbers for a monitor."`
	Trace   Trace   `toml:"trace" doc:"Traces of requests and jobs for a collector of OpenTelemetry. They hold ids, never names or sequences."`
	Monitor Monitor `toml:"monitor" doc:"A vidjil monitor on another machine, which notices when this server is silent."`
	Backup  Backup  `toml:"backup" doc:"Backups that the server makes by itself."`
}

// HTTP says where the server listens.
type HTTP struct {
	Addr           string   `toml:"addr" default:"127.0.0.1:8080" flag:"addr" doc:"HOST:PORT to listen on; port 0 takes a free one."`
	Socket         string   `toml:"socket" path:"true" flag:"socket" doc:"A unix socket to listen on in the place of addr, for a proxy on the same machine. Whoever may open it is trusted as a proxy."`
	SocketMode     string   `toml:"socket_mode" default:"0660" doc:"Permissions of the socket, octal."`
	PublicURL      string   `toml:"public_url" flag:"public-url" doc:"How people reach the server, for links and cookies, as https://vidjil.example.org. Derived from addr when it is not given."`
	BasePath       string   `toml:"base_path" flag:"base-path" doc:"The path below which everything is, as /vidjil, when a proxy serves other things beside it; that of public_url when it is not given."`
	NodeURL        string   `toml:"node_url" doc:"How the other servers on the same database reach this one, as http://10.0.0.5:8080, when there are several: an upload then goes on at the server that it began at, whichever one a balancer chooses. Keep that network to the servers, and put it into their trusted_proxies. Without it a balancer must keep /api/v1/uploads/ on one server."`
	RedirectAddr   string   `toml:"redirect_addr" flag:"redirect-addr" doc:"HOST:PORT, as :80, that answers http:// with a redirect to the server's https:// address; it also answers the questions of an ACME authority."`
	TrustedProxies []string `toml:"trusted_proxies" flag:"trusted-proxy" doc:"Networks, as 10.0.0.0/8 or 127.0.0.1, of proxies whose word counts about who asks: Forwarded, or X-Forwarded-For, -Proto and -Host. From anybody else these headers are ignored."`
	MaxHeader      Size     `toml:"max_header" default:"32KiB" doc:"The longest head of a request."`
	HeaderTimeout  Duration `toml:"header_timeout" default:"10s" doc:"Within which the head of a request must have come."`
	IdleTimeout    Duration `toml:"idle_timeout" default:"2m" doc:"After which a connection without requests is closed."`
	WriteTimeout   Duration `toml:"write_timeout" default:"1m" doc:"After which a client that does not read what it is sent is cut off. Long answers may take as long as they want."`
}

// TLS says how connections are encrypted.
type TLS struct {
	Mode string   `toml:"mode" default:"auto" values:"auto|off|files|self-signed|acme" flag:"tls" doc:"Where the certificate comes from. auto is files when cert is given, acme when acme.domains are, off on a socket and on a loopback address, else self-signed."`
	Cert string   `toml:"cert" path:"true" flag:"tls-cert" doc:"File with the certificate and those between it and the authority, PEM. It is read again when it changes; connections stay."`
	Key  string   `toml:"key" path:"true" flag:"tls-key" doc:"File with the key of the certificate, PEM."`
	HSTS Duration `toml:"hsts" default:"365d" doc:"How long browsers refuse to come without TLS after a visit; off sends nothing. It is not sent with a self-signed certificate."`
	ACME ACME     `toml:"acme" doc:"Certificates from an authority that speaks ACME, as Let's Encrypt or the hospital's own. They are renewed in time."`
}

// ACME says how certificates are got from an authority.
type ACME struct {
	Email     string   `toml:"email" doc:"Where the authority may write to."`
	Domains   []string `toml:"domains" flag:"acme-domain" doc:"Names that the certificate is for. The authority must reach the server under each, at port 443 (TLS-ALPN-01) or, with http.redirect_addr, at port 80 (HTTP-01)."`
	Directory string   `toml:"directory" default:"https://acme-v02.api.letsencrypt.org/directory" doc:"URL of the authority's directory. Its terms are agreed to by setting tls.mode to acme."`
	CAFile    string   `toml:"ca_file" path:"true" doc:"File with the certificate of the authority's own server, PEM, when it is not one that the machine knows."`
}

// Workers says what works on jobs.
type Workers struct {
	Count int      `toml:"count" flag:"workers" doc:"Jobs at the same time; 0 is the number of processors less one, -1 none: then start vidjil worker beside the server."`
	Lanes []string `toml:"lanes" flag:"lane" values:"short|long" doc:"What a vidjil worker takes: jobs of seconds, jobs of minutes and hours, or, when it is not given, both."`
	Name  string   `toml:"name" flag:"name" doc:"Name of a vidjil worker, unlike any other's; started again with it, it takes back at once what it left behind."`
}

// Limits are how much and how often.
type Limits struct {
	Upload      Size     `toml:"upload" doc:"The largest file that may be uploaded; 0 is no limit."`
	DiskReserve Size     `toml:"disk_reserve" doc:"What must stay free on the disk: uploads that would take it are refused. 0 is 1 GiB, or 1 % of the disk where that is more."`
	GroupQuota  Size     `toml:"group_quota" doc:"Bytes of reads in all sets of a group that has no quota of its own; 0 is no limit."`
	PersonQuota Size     `toml:"person_quota" doc:"Bytes of reads in the samples that one person made; 0 is no limit."`
	SessionIdle Duration `toml:"session_idle" default:"12h" doc:"After which somebody who did nothing must sign in again."`
	Session     Duration `toml:"session" default:"14d" doc:"After which everybody must sign in again."`

	SignIns        int      `toml:"sign_ins" default:"30" doc:"Attempts to sign in, and to use links, that one network address has at once. All people of a hospital may have one address."`
	SignInEvery    Duration `toml:"sign_in_every" default:"2s" doc:"After which it has one more."`
	Public         int      `toml:"public" default:"20" doc:"Analyses of pasted sequences that one network address has at once, without an account."`
	PublicEvery    Duration `toml:"public_every" default:"6s" doc:"After which it has one more."`
	LockoutAfter   int      `toml:"lockout_after" default:"5" doc:"Wrong passwords of one account, after which it has to wait; each further one doubles the wait."`
	LockoutFirst   Duration `toml:"lockout_first" default:"30s" doc:"The first wait."`
	LockoutLongest Duration `toml:"lockout_longest" default:"15m" doc:"The longest wait."`
}

// Mail is the mail server.
type Mail struct {
	Host     string   `toml:"host" doc:"Name of the mail server."`
	Port     int      `toml:"port" doc:"Its port; 0 is 587, or 465 with tls = \"tls\"."`
	TLS      string   `toml:"tls" default:"starttls" values:"starttls|opportunistic|tls|none" doc:"STARTTLS or no mail; STARTTLS if there is; TLS from the first byte; never."`
	User     string   `toml:"user" doc:"Name by which the program signs in to the mail server; none when it need not."`
	Password string   `toml:"password" secret:"true" doc:"Its password."`
	From     string   `toml:"from" doc:"Address that mails come from."`
	Admins   []string `toml:"admins" doc:"Addresses that are told of low disk, errors and failed backups; those of all administrators when it is not given."`
	Subject  string   `toml:"subject" default:"[Vidjil]" doc:"What subjects begin with."`
	Language string   `toml:"language" default:"en" values:"en|fr" doc:"Of mails to people who have chosen no language, and to addresses without an account."`
	DigestAt string   `toml:"digest_at" default:"06:00" doc:"When the daily digest is written, HH:MM in the time of zone. It tells of the day before that moment."`
	Zone     string   `toml:"zone" default:"UTC" doc:"Time zone of digest_at, as Europe/Paris."`
}

// Directory is sign-in by somebody else's list of people.
type Directory struct {
	LDAP LDAP `toml:"ldap" doc:"LDAP or Active Directory."`
	OIDC OIDC `toml:"oidc" doc:"OpenID Connect."`
}

// LDAP is a directory that is searched for the person and then asked about the
// password.
type LDAP struct {
	URL           string            `toml:"url" doc:"ldaps://HOST, or ldap://HOST with StartTLS; several, with spaces between them, are tried in turn. None is no LDAP."`
	StartTLS      string            `toml:"start_tls" default:"required" values:"required|never" doc:"Whether ldap:// is encrypted before anything is said."`
	CAFile        string            `toml:"ca_file" path:"true" doc:"File with the certificate of the directory's authority, PEM, when it is not one that the machine knows."`
	BindDN        string            `toml:"bind_dn" doc:"Who searches; nobody when it is not given."`
	BindPassword  string            `toml:"bind_password" secret:"true" doc:"Their password."`
	UserDN        string            `toml:"user_dn" doc:"Makes what people typed, {name}, the name to bind with, as uid={name},ou=people,dc=example,dc=org or {name}@example.org; then nobody has to search. Without it the person is searched for."`
	BaseDN        string            `toml:"base_dn" doc:"Below which people are, as ou=people,dc=example,dc=org."`
	UserFilter    string            `toml:"user_filter" default:"(|(uid={name})(mail={name}))" doc:"Filter that finds a person by what they typed, {name}. For Active Directory: (&(objectClass=user)(|(sAMAccountName={name})(userPrincipalName={name})))."`
	IDAttr        string            `toml:"id_attr" default:"entryUUID" doc:"Attribute by which a person is known when name and address change. For Active Directory: objectGUID."`
	EmailAttr     string            `toml:"email_attr" default:"mail" doc:"Attribute with the e-mail address, by which an account is known here."`
	NameAttr      string            `toml:"name_attr" default:"cn" doc:"Attribute with the name."`
	DisabledAttr  string            `toml:"disabled_attr" doc:"Attribute that tells whether an account is disabled; userAccountControl is understood, of others any value but FALSE disables."`
	GroupBaseDN   string            `toml:"group_base_dn" doc:"Below which groups are; base_dn when it is not given."`
	GroupFilter   string            `toml:"group_filter" default:"(|(member={dn})(memberUid={uid}))" doc:"Filter that finds the groups of a person."`
	NestedGroups  string            `toml:"nested_groups" default:"never" values:"never|search|rule" doc:"Whether groups in groups count: search asks for the groups of each group, rule asks an Active Directory once, in the place of group_filter."`
	Groups        map[string]string `toml:"groups" doc:"Groups of the directory, by DN or name, and the group here whose members they are."`
	AdminGroup    string            `toml:"admin_group" doc:"The directory's group whose members are administrators."`
	RequiredGroup string            `toml:"required_group" doc:"The directory's group outside which nobody may sign in."`
	Accounts      string            `toml:"accounts" default:"create" values:"create|existing" doc:"Whether people of the directory get an account when they sign in first."`
	LinkByEmail   bool              `toml:"link_by_email" doc:"Give a person the account of the same e-mail address, which then has no password of its own any more. Only for a directory that you trust with all accounts: whoever may write an address there may take the account that has it."`
	SyncEvery     Duration          `toml:"sync_every" default:"1h" doc:"Time between two looks at everybody: who has left the directory is shut out, groups are brought up to date."`
	Timeout       Duration          `toml:"timeout" default:"5s" doc:"After which the directory counts as down."`
}

// OIDC is a provider of identities.
type OIDC struct {
	Issuer        string            `toml:"issuer" doc:"URL of the provider. None is no OpenID Connect."`
	Name          string            `toml:"name" default:"your institution" doc:"Who people sign in with, as the button names it."`
	ClientID      string            `toml:"client_id" doc:"This server's name at the provider."`
	ClientSecret  string            `toml:"client_secret" secret:"true" doc:"Its secret."`
	CAFile        string            `toml:"ca_file" path:"true" doc:"File with the certificate of the provider's authority, PEM, when it is not one that the machine knows."`
	Scopes        []string          `toml:"scopes" doc:"What is asked for besides openid, email and profile."`
	GroupsClaim   string            `toml:"groups_claim" default:"groups" doc:"Claim that lists a person's groups."`
	Groups        map[string]string `toml:"groups" doc:"Groups of the provider and the group here whose members they are."`
	AdminGroup    string            `toml:"admin_group" doc:"The provider's group whose members are administrators."`
	RequiredGroup string            `toml:"required_group" doc:"The provider's group outside which nobody may sign in."`
	Accounts      string            `toml:"accounts" default:"create" values:"create|existing" doc:"Whether people of the provider get an account when they sign in first."`
	TrustEmail    bool              `toml:"trust_email" doc:"Take addresses as verified of which the provider says nothing, as Microsoft Entra does. Only when its people cannot set them."`
	LinkByEmail   bool              `toml:"link_by_email" doc:"Give a person the account of the same e-mail address when the provider says that it is verified; it then has no password of its own any more. Only for a provider that you trust with all accounts."`
	SecondFactor  string            `toml:"second_factor" default:"ask" values:"ask|provider" doc:"Whether people who have a second factor here are asked for it, or the provider sees to it."`
	More          map[string]string `toml:"more" path:"true" doc:"Further providers: a name for addresses, as hospital, and a file that has this section for it."`
}

// Notices are texts for everybody.
type Notices struct {
	Hosting    string `toml:"hosting" doc:"Who runs the server and under which rules, at the foot of the first page."`
	Alert      string `toml:"alert" doc:"A warning above every page of the server, as before a shutdown."`
	Healthcare string `toml:"healthcare" doc:"What is said about health data, in the place of the program's own words."`
	Support    string `toml:"support" doc:"Address that people may write to for help."`
}

// Accounts are people's accounts.
type Accounts struct {
	Limited  []string `toml:"limited" doc:"E-mail addresses of accounts that several people share, as that of a course: they cannot change their own name, address, password or second factor."`
	ReadOnly []string `toml:"read_only" doc:"E-mail addresses of accounts that see what their groups see and change nothing, not even themselves, as that of an auditor or of a demonstration."`
}

// Retention is how long what is kept.
type Retention struct {
	Trash       Duration `toml:"trash" default:"30d" doc:"Sets, samples and results in the trash."`
	Orphans     Duration `toml:"orphans" default:"7d" doc:"Bytes that nothing refers to any more."`
	Comparisons Duration `toml:"comparisons" default:"7d" doc:"Comparisons of chosen samples that nobody asks for."`
	Uploads     Duration `toml:"uploads" default:"7d" doc:"Uploads that have stopped."`
	Reads       Duration `toml:"reads" default:"off" doc:"Reads of samples that were analysed; results stay."`
	Results     Duration `toml:"results" default:"off" doc:"Results that a newer one of the same sample and config has taken the place of."`
	Audit       Duration `toml:"audit" default:"off" doc:"Entries of the audit."`
}

// Log is the server's log.
type Log struct {
	Format string `toml:"format" default:"text" values:"text|json|none" flag:"log" doc:"One line of text or of JSON per event, or no log."`
	Level  string `toml:"level" default:"info" values:"debug|info|warn|error" doc:"The least important that is written."`

	SlowQuery Duration `toml:"slow_query" default:"1s" doc:"Questions to the database that take longer are written with their text, without the values in it; off writes none."`
}

// Metrics are numbers for a monitor.
type Metrics struct {
	Addr  string `toml:"addr" doc:"HOST:PORT at which a Prometheus reads numbers, at /metrics, and /readyz tells what is wrong; nowhere when it is not given. It speaks plain HTTP: keep it to this machine or an internal network."`
	Token string `toml:"token" secret:"true" doc:"What a Prometheus has to show (Authorization: Bearer); nothing when it is not given."`
}

// Trace is where traces go.
type Trace struct {
	Endpoint string `toml:"endpoint" doc:"URL of a collector that takes OTLP over HTTP, as http://127.0.0.1:4318. None is no traces."`
	Header   string `toml:"header" secret:"true" doc:"A header that the collector wants, as Authorization: Bearer TOKEN."`
	CAFile   string `toml:"ca_file" path:"true" doc:"File with the certificate of the collector's authority, PEM, when it is not one that the machine knows."`
	Percent  int    `toml:"percent" default:"100" doc:"Of how many of 100 requests the trace is sent, each as a whole with the steps of its jobs: fewer for a busy server."`
}

// Monitor is who is told that the server lives.
type Monitor struct {
	URL         string   `toml:"url" doc:"Address of a vidjil monitor, as https://monitor.example.org:8443. It is told each minute how the server is: version, queue, disk, backups, errors. None is nobody."`
	Token       string   `toml:"token" secret:"true" doc:"What vidjil monitor token NAME printed there."`
	CAFile      string   `toml:"ca_file" path:"true" doc:"File with the certificate of the monitor's authority, PEM, or its own one, when it is not one that the machine knows."`
	Every       Duration `toml:"every" default:"1m" doc:"Time between two reports."`
	SilentAfter Duration `toml:"silent_after" default:"5m" doc:"For a vidjil monitor itself: after which a server that reports nothing counts as silent."`
	Password    string   `toml:"password" secret:"true" doc:"For a vidjil monitor itself: the password of its page, with any name. Without one the page can be seen on its own machine only."`
}

// Backup is what the server backs up by itself.
type Backup struct {
	Target     string   `toml:"target" path:"true" doc:"Directory or s3://BUCKET/PREFIX. None is no backups."`
	Every      Duration `toml:"every" default:"1h" doc:"Time between two."`
	Last       int      `toml:"last" default:"24" doc:"How many of the newest are kept."`
	Daily      int      `toml:"daily" default:"7" doc:"Of how many days the newest is kept."`
	Weekly     int      `toml:"weekly" default:"5" doc:"Of how many weeks."`
	Monthly    int      `toml:"monthly" default:"12" doc:"Of how many months."`
	NoReads    bool     `toml:"no_reads" doc:"Leave reads out: what the sequencer has need not be kept twice. Results are kept."`
	Passphrase string   `toml:"passphrase" secret:"true" doc:"Encrypts backups. Without it no one reads them again: keep it elsewhere too."`
	NoUpgrade  bool     `toml:"no_upgrade_copy" doc:"Do not copy the database before a new version changes its schema: somebody else has, as where pg_dump cannot be installed."`
	Key        string   `toml:"key" path:"true" doc:"File with the public key of vidjil backup key, which encrypts backups in the place of a passphrase: the server cannot read them then."`

	Continuous Continuous `toml:"continuous" doc:"Copy of each change within a second, from which the server can be brought back as it was at any time. SQLite only; besides backups, not in their place. It takes the room of the database once in the data directory, and three times in the target at first; then there is one whole copy a day. A database of 1 GB is copied in about a minute at the beginning, and costs next to nothing afterwards."`
}

// Continuous is a copy of all changes.
type Continuous struct {
	Target  string   `toml:"target" path:"true" doc:"Directory of its own on another disk, better on another machine. None is no such copy."`
	Keep    Duration `toml:"keep" default:"7d" doc:"How far back."`
	InClear bool     `toml:"in_clear" doc:"Copy in clear although backups are encrypted: this copy cannot be encrypted. Only when the disk of the target is."`
}
