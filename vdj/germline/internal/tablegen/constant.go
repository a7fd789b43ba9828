package main

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"vidjil.org/vidjil/vdj/germline"
)

// constant is the first coding exon of a constant gene as it stands in a
// transcript: from the nucleotide after the splice acceptor (the second one of
// the codon that J begins) to the splice donor, or to the last codon where the
// gene has one exon.
type constant struct {
	gene, locus   string
	accession     string
	first, last   int // 1-based closed, on the accession
	complement    bool
	functionality string
	protein       string // that the letters from the third one on must give
}

// The alleles that the records hold are not said by them: names are without.
var constants = []constant{
	{"IGHM", "IGH", "IMGT000035", 1023628, 1023939, false, "F", "SASAPTLFPLVSCENSPSDTSSVAVGCLAQDFLP"},
	{"IGHD", "IGH", "IMGT000035", 1034168, 1034470, false, "F", "PTKAPDVFPIISGCRHPKDNSPVVLACLITGYHPTSVTVTW"},
	{"IGHG3", "IGH", "IMGT000035", 1108440, 1108733, false, "F", "STKGPSVFPLAPCSRSTSGGTAALGCLVKDYFPEPVTVSWNSGALTSGVHTFPAVLQSSGLYSLSSVVTVPSSSLGTQTYTCNVNHKPSNTKVDKRV"},
	{"IGHG1", "IGH", "IMGT000035", 1136775, 1137068, false, "F", "STKGPSVFPLAPSSKSTSGGTAALGCLVKDYFPEPVTVSWNSGALTSGVHTFPAVLQ"},
	{"IGHA1", "IGH", "IMGT000035", 1171181, 1171486, false, "F", "SPTSPKVFPLSLCSTQPDGNVVIACLVQGFFPQEPLSVTWSESGQGVTARNFPPSQD"},
	{"IGHG2", "IGH", "IMGT000035", 1235056, 1235349, false, "F", "STKGPSVFPLAPCSRSTSESTAALGCLVKDYFPEPVTVSWNSGALTSGVHTFPAVLQSSGLYSLSSVVTVPSSNFGTQTYTCNVDHKPSNTKVDKTV"},
	{"IGHG4", "IGH", "IMGT000035", 1253780, 1254073, false, "F", "STKGPSVFPLAPCSRSTSESTAALGCLVKDYFPEPVTVSWNSGALTSGVHTFPAVLQSSGLYSLSSVVTVPSSSLGTKTYTCNVDHKPSNTKVDKRV"},
	{"IGHE", "IGH", "IMGT000035", 1278118, 1278426, false, "F", "STQSPSVFPLTRCCKNIPSNATSVTLGCLATGYFPEPVMVTWDTGSLNGTTMTLPATTLTLSGHYATISLLTVSGAWAKQMFTCRVAHTPSSTDWVDNKTFS"},
	{"IGHA2", "IGH", "IMGT000035", 1291451, 1291756, false, "F", "SPTSPKVFPLSLDSTPQDGNVVVACLVQGFFPQEPLSVTWSESGQNVTARNFPPSQD"},
	{"IGKC", "IGK", "NC_000002.12", 88857364, 88857683, true, "F", "TVAAPSVFIFPPSDEQLKSGTASVVCLLNNFYPREAKVQWKVDNALQSGNSQESVTEQDSKDSTYSLSSTLTLSKADYEKHKVYACEVTHQGLSSPVTKSFNRGEC"},
	{"IGLC1", "IGL", "NC_000022.11", 22895375, 22895691, false, "F", "QPKANPTVTLFPPSSEELQANKATLVCLISDFYPGAVTVAWKADGSPVKAGVETTKPSKQSNNKYAASSYLSLTPEQWKSHRSYSCQVTHEGSTVEKTVAPTECS"},
	{"IGLC2", "IGL", "NC_000022.11", 22900976, 22901292, false, "F", "QPKAAPSVTLFPPSSEELQANKATLVCLISDFYPGAVTVAWKADSSPVKAGVETTTPSKQSNNKYAASSYLSLTPEQWKSHRSYSCQVTHEGSTVEKTVAPTECS"},
	{"IGLC3", "IGL", "NC_000022.11", 22906342, 22906658, false, "F", "QPKAAPSVTLFPPSSEELQANKATLVCLISDFYPGAVTVAWKADSSPVKAGVETTTPSKQSNNKYAASSYLSLTPEQWKSHKSYSCQVTHEGSTVEKTVAPTECS"},
	// A stop codon at its 70th codon: the pseudogene form of a gene that is
	// functional in some people.
	{"IGLC6", "IGL", "NC_000022.11", 22919535, 22919851, false, "P", "QPKAAPSVTLFPPSSEELQANKATLVCLISDFYPGAVKVAWKADGSPVNTGVETTTPSKQSNNKYAASS"},
	{"IGLC7", "IGL", "NC_000022.11", 22922594, 22922910, false, "F", "QPKAAPSVTLFPPSSEELQANKATLVCLVSDFNPGAVTVAWKADGSPVKVGVETTKPSKQSNNKYAASSYLSLTPEQWKSHRSYSCRVTHEGSTVEKTVAPAECS"},
	{"TRAC", "TRA", "IMGT000024", 935603, 935875, false, "F", "IQNPDPAVYQLRDSKSSDKSVCLFTDFDSQTNVSQSKDSDVYITDKTVLDMRSMDFKSNSAVAWSNKSDFACANAFNNSIIPEDTFFPSP"},
	{"TRBC1", "TRB", "IMGT000021", 560349, 560735, false, "F", "DLNKVFPPEVAVFEPSEAEISHTQKATLVCLATGFFPDHVELSWWVNGKEVHSGVSTDPQPLKEQPALNDSRYCLSSRLRVSATFWQNPRNHFRCQVQFYGLSENDEWTQDRAKPVTQIVSAEAWGRA"},
	{"TRBC2", "TRB", "IMGT000021", 569696, 570082, false, "F", "DLKNVFPPKVAVFEPSEAEISHTQKATLVCLATGFYPDHVELSWWVNGKEVHSGVSTDPQPLKEQPALNDSRYCLSSRLRVSATFWQNPRNHFRCQVQFYGLSENDEWTQDRAKPVTQIVSAEAWGRA"},
	{"TRDC", "TRD", "IMGT000024", 851029, 851307, false, "F", "SQPHTKPSVFVMKNGTNVACLVKEFYPKDIRINLVSSKKITEFDPAIVISPSGKYNAVKLGKYEDSNSVTCSVQHDNKTVHSTDF"},
	// No genomic record at hand holds TRG. These are transcripts: TRGC1 after
	// TRGJP, which only joins the first cluster, TRGC2 by its record's title.
	{"TRGC1", "TRG", "BC062761.1", 57, 386, false, "F", "KQLDADVSPKPTIFLPSIAETKLQKAGTYLCLLEKFFPDVIKIHWQEKKSNTILGSQEGNTMKTNDTYMKFSWLTVPEKSLDKEHRCIVRHENNKNGVDQEIIFPPIKT"},
	{"TRGC2", "TRG", "BC039116.1", 688, 1017, false, "F", "KQLDADVSPKPTIFLPSIAETKLQKAGTYLCLLEKFFPDIIKIHWQEKKSNTILGSQEGNTMKTNDTYMKFSWLTVPEESLDKEHRCIVRHENNKNGIDQEIIFPPIKT"},
}

// constantGenes cuts the constant genes out of their records.
func constantGenes(loci map[string]*record, transcripts string) ([]germline.Gene, error) {
	if transcripts == "" {
		return nil, errors.New("no file of transcripts: TRGC1 and TRGC2 need it")
	}
	recs, err := readFASTA(transcripts)
	if err != nil {
		return nil, err
	}
	mrna := map[string]*record{}
	for _, r := range recs {
		accession, _, _ := strings.Cut(r.Header, " ")
		mrna[accession] = &record{
			locusFile: locusFile{accession: accession},
			strands:   [2][]byte{bytes.ToUpper(r.Sequence), nil},
		}
	}
	var genes []germline.Gene
	for _, c := range constants {
		genomic, ok := loci[c.accession]
		r := genomic
		if !ok {
			r = mrna[c.accession]
		}
		if r == nil {
			return nil, fmt.Errorf("constant gene %s: no record %s", c.gene, c.accession)
		}
		seq, err := r.at(c.first, c.last, c.complement)
		if err != nil {
			return nil, fmt.Errorf("constant gene %s: %w", c.gene, err)
		}
		if err := c.check(seq, genomic); err != nil {
			return nil, fmt.Errorf("constant gene %s: %w", c.gene, err)
		}
		place := strconv.Itoa(c.first) + ".." + strconv.Itoa(c.last)
		if c.complement {
			place += ",c"
		}
		genes = append(genes, germline.Gene{
			Name: c.gene, Locus: c.locus, Segment: germline.C, Functionality: c.functionality,
			Accession: c.accession, Range: place, Source: sourceINSDC, Anchor: -1, Sequence: seq,
		})
	}
	return genes, nil
}

// check holds the exon against the protein, and against the splice acceptor
// and donor where the record is genomic.
func (c *constant) check(seq []byte, genomic *record) error {
	var protein strings.Builder
	for i := 2; i+3 <= len(seq); i += 3 {
		protein.WriteByte(germline.TranslateCodon(seq[i : i+3]))
	}
	if !strings.HasPrefix(protein.String(), c.protein) {
		return fmt.Errorf("translates to %s, want %s", protein.String(), c.protein)
	}
	if stop := strings.Contains(protein.String(), "*"); stop != (c.functionality == "P") {
		return fmt.Errorf("functionality %s, stop codon %t", c.functionality, stop)
	}
	if genomic == nil {
		return nil
	}
	before, err := genomic.at(c.first-2, c.first-1, false)
	if c.complement {
		before, err = genomic.at(c.last+1, c.last+2, true)
	}
	if err != nil {
		return err
	}
	if string(before) != "AG" {
		return fmt.Errorf("splice acceptor is %s", before)
	}
	oneExon := c.locus == "IGK" || c.locus == "IGL"
	if oneExon {
		return nil
	}
	after, err := genomic.at(c.last+1, c.last+2, false)
	if err != nil {
		return err
	}
	if string(after) != "GT" {
		return fmt.Errorf("splice donor is %s", after)
	}
	return nil
}
