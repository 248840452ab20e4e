#!/usr/bin/python3
"""Samba's Python bindings as the judge of our SIDs, GUIDs, descriptors and SDDL.

    codec.py PROGRAM [COUNT [SEED]]

PROGRAM is built from tests/c/codec_main.c. Random descriptors and those that Samba creates a
domain with go through both implementations, in both directions. Ends with status 77 where the
bindings are not installed.
"""
import glob
import random
import re
import subprocess
import sys
import uuid
from inspect import signature

try:
    import samba
    import samba.descriptor
    import samba.security
    from samba.dcerpc import misc, security
    from samba.ndr import ndr_pack, ndr_unpack
except ImportError:
    print("skipped: no Python bindings of Samba (package python3-samba)")
    sys.exit(77)

DOMAIN = "S-1-5-21-1111111111-222222222-3333333333"
SIDS = ["S-1-1-0", "S-1-3-0", "S-1-5-9", "S-1-5-10", "S-1-5-11", "S-1-5-18", "S-1-5-32-544",
        "S-1-5-32-545", "S-1-5-32-554", "S-1-5-7", "S-1-5-20"]
RIDS = [498, 500, 501, 512, 513, 514, 515, 516, 517, 518, 519, 520, 526, 527, 553, 1104, 2**32 - 1]
MASKS = [0x1f01ff, 0x120089, 0x120116, 0x1200a0, 0x1200a9, 0x1301bf, 0xf01ff, 0xf003f, 0x20019,
         0x20006, 0x100, 0x10, 0x20, 0x30, 0x20094, 0x10000000, 0x80000000, 0xe0000000, 0x200, 1]
OBJECT = 0x4
CONDITIONS = [
    'D:(XA;;FX;;;WD;(@User.Title=="PM" && (@User.Division=="Finance" || @User.Division=="Sales")))',
    'D:(XA;;FX;;;WD;(@User.Project Any_of @Resource.Project))(ZA;;CR;'
    'ab721a53-1e2f-11d0-9819-00aa0040529b;;AU;(Member_of {SID(BA)}))(XD;;GA;;;BG;(a == 1))',
    'S:(RA;;;;;WD;("Project",TS,0,"Windows","SQL"))(RA;CI;;;;WD;("Secrecy",TU,0,3))',
]
MET, UNMET = "Member_of {SID(WD)}", "Not_Member_of {SID(WD)}"
CONTROL = ["DACL_DEFAULTED", "DACL_AUTO_INHERIT_REQ", "DACL_AUTO_INHERITED", "DACL_PROTECTED",
           "SACL_AUTO_INHERITED", "SACL_PROTECTED", "OWNER_DEFAULTED"]
# what the text says
CONTROL_IN_TEXT = 0x8000 | 0x4 | 0x10 | 0x500 | 0xa00 | 0x3000

# 4.17 cannot read an empty DACL before a SACL
OLD = tuple(int(n) for n in samba.version.split(".")[:2]) < (4, 18)

TOO_OLD = tuple(int(n) for n in samba.version.split(".")[:2]) < (4, 20)  # for conditions

failed = 0
passed = 0


class Ours:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def __call__(self, command, argument):
        self.process.stdin.write("%s %s\n" % (command, argument))
        self.process.stdin.flush()
        return self.process.stdout.readline().rstrip("\n")


def same(what, got, want, given):
    global failed, passed
    if got == want:
        passed += 1
        return
    failed += 1
    if failed <= 10:
        print("%s\n  given %s\n  ours  %s\n  samba %s" % (what, given, got, want))


def random_sid():
    if random.random() < 0.4:
        return random.choice(SIDS)
    if random.random() < 0.6:
        return "%s-%d" % (DOMAIN, random.choice(RIDS))
    subs = [random.choice([0, 21, random.getrandbits(32)]) for _ in range(random.randint(1, 15))]
    return "S-1-%d-%s" % (random.choice([1, 3, 5, 5, 5, 16, 2**31]), "-".join(map(str, subs)))


def random_guid():
    return misc.GUID(str(uuid.UUID(int=random.getrandbits(128))))


def random_ace(types):
    ace = security.ace()
    ace.type = random.choice(types)
    ace.flags = random.getrandbits(8) & ~0x20
    ace.access_mask = random.choice(MASKS) if random.random() < 0.8 else random.getrandbits(32)
    ace.trustee = security.dom_sid(random_sid())
    if ace.type & OBJECT:
        if random.random() < 0.7:
            ace.object.flags |= security.SEC_ACE_OBJECT_TYPE_PRESENT
            ace.object.type = random_guid()
        if random.random() < 0.4:
            ace.object.flags |= security.SEC_ACE_INHERITED_OBJECT_TYPE_PRESENT
            ace.object.inherited_type = random_guid()
    return ace


def random_acl(types):
    acl = security.acl()
    acl.revision = random.choice([2, 4])
    acl.aces = [random_ace(types) for _ in range(random.choice([0, 1, 1, 2, 3, 8, 30]))]
    acl.num_aces = len(acl.aces)
    return acl


def random_sd():
    sd = security.descriptor()
    if random.random() < 0.8:
        sd.owner_sid = security.dom_sid(random_sid())
    if random.random() < 0.8:
        sd.group_sid = security.dom_sid(random_sid())
    bits = 0x8000
    if random.random() < 0.9:
        sd.dacl = random_acl([0, 1, 5, 6])
        bits |= 0x4
    if random.random() < 0.4:
        sd.sacl = random_acl([2, 7])
        bits |= 0x10
    for name in CONTROL:
        if random.random() < 0.2:
            bits |= getattr(security, "SEC_DESC_" + name)
    sd.type = bits
    return sd


def numbers(sddl):
    """Masks as numbers: versions of Samba differ in what FA is, and lack KA."""
    whole = {"FA": 0x1f01ff, "FR": 0x120089, "FW": 0x120116, "FX": 0x1200a0, "KA": 0xf003f,
             "KR": 0x20019, "KW": 0x20006}
    return re.sub(r"(\([A-Z]+;[A-Z]*;)([FK][ARWX])(;)",
                  lambda m: m[1] + hex(whole[m[2]]) + m[3], sddl)


def known_letters(sddl):
    """Letters that this version of Samba does not know become the SID."""
    sid = {"EK": DOMAIN + "-527", "KA": DOMAIN + "-526", "AP": DOMAIN + "-525",
           "CN": DOMAIN + "-522"}
    def letters(m):
        return m[1] + sid.get(m[2], m[2]) + m[3]
    sddl = re.sub(r"(;)([A-Z][A-Z])(\))", letters, sddl)
    return re.sub(r"^(O:|O:.*G:)(EK|KA|AP|CN)(G:|D:|S:|$)", letters, sddl)


def said_in_text(sd):
    """What of a descriptor SDDL can say."""
    sd = ndr_unpack(security.descriptor, ndr_pack(sd))
    present = sd.type & 0x14
    mask = CONTROL_IN_TEXT if present & 0x4 else CONTROL_IN_TEXT & ~0x1500
    sd.type &= mask if present & 0x10 else mask & ~0x2a00
    for acl in (sd.dacl, sd.sacl):
        if acl is not None:
            acl.revision = 4
    return ndr_pack(sd).hex()


def check_sd(ours, sd, domain):
    bytes_ = ndr_pack(sd).hex()
    same("decode and encode", ours("sd-again", bytes_), bytes_, sd.as_sddl(domain))
    text = ours("sd-text", bytes_)
    try:
        read = security.descriptor.from_sddl(known_letters(numbers(text)), domain)
        same("our text, Samba's bytes", said_in_text(read), said_in_text(sd), text)
    except Exception as error:
        if not (OLD and re.search("D:[A-Z]*S:", text)):
            same("our text refused", text, str(error), bytes_)
    check_text(ours, numbers_of_samba(sd.as_sddl(domain)), domain, sd)


def numbers_of_samba(sddl):
    """Samba 4.17 writes FA for 0x1ff."""
    old = security.descriptor.from_sddl("D:(A;;FA;;;WD)", security.dom_sid(DOMAIN))
    fa = old.dacl.aces[0].access_mask
    return re.sub(r"(\([A-Z]+;[A-Z]*;)FA(;)", lambda m: m[1] + hex(fa) + m[2], sddl)


def check_text(ours, text, domain, sd):
    answer = ours("sd-bytes", text)
    try:
        read = said_in_text(ndr_unpack(security.descriptor, bytes.fromhex(answer)))
    except ValueError:
        read = answer
    same("Samba's text, our bytes", read, said_in_text(sd), text)


def domain_descriptors(domain):
    """Those that Samba itself gives to the objects of a new domain."""
    names = {"DnsAdmins": DOMAIN + "-1101", "SubdomainAdmins": DOMAIN + "-1102"}
    for name in dir(samba.descriptor):
        make = getattr(samba.descriptor, name)
        if name.startswith("get_") and list(signature(make).parameters)[0] == "domain_sid":
            yield ndr_unpack(security.descriptor, make(domain, names))


def schema_texts():
    """Microsoft's own: the default descriptors of the classes of its schema."""
    texts = set()
    for path in glob.glob("/usr/share/samba/setup/ad-schema/*Classes*"):
        with open(path, encoding="utf-8", errors="replace") as f:
            unfolded = f.read().replace("\n ", "")
        texts.update(re.findall(r"^defaultSecurityDescriptor: *(\S+)$", unfolded, re.M | re.I))
    return sorted(texts)


def check_bytes(ours, sd, domain, given, samba_reads=True):
    """Bytes are kept, through our text too, and Samba reads that text as the same bytes."""
    bytes_ = ndr_pack(sd).hex()
    same("decode and encode", ours("sd-again", bytes_), bytes_, given)
    text = ours("sd-text", bytes_)
    again = ndr_unpack(security.descriptor, bytes.fromhex(ours("sd-bytes", text)))
    same("through our text", said_in_text(again), said_in_text(sd), text)
    if "(#" in text or not samba_reads:
        return None
    try:
        read = said_in_text(security.descriptor.from_sddl(known_letters(text), domain))
    except Exception as error:
        read = str(error)
    if not re.search(SAMBA_REFUSES, text):
        same("our text, Samba's bytes", read, said_in_text(sd), text)
    return text


# What of our text Samba does not read: numbers above 63 bits, "@" in a simple name, half characters
# in a name.
SAMBA_REFUSES = r"0x[89a-f][0-9a-f]{15}\b|01[0-7]{21}\b|[( ][\w:./]+@|%d[89a-f]"


def attribute(simple):
    name = "".join(random.choice("abYZ09") for _ in range(random.randint(1, 4)))
    if simple and random.random() < 0.3:
        return "x" + name
    odd = random.choice(["", "", "", "%0020", "%0022", "\u00fc", "\u20ac", "\U0001f600", ":/.", "-+;@$#"])
    return random.choice(["@User.", "@user.", "@Device.", "@RESOURCE."]) + name + odd


def literal():
    kind = random.randrange(4)
    if kind == 0:
        n = random.choice([0, 1, 8, 255, 2**31, 2**63 - 1, random.getrandbits(62)])
        return random.choice(["", "+", "-"]) + random.choice(["%d", "0%o", "0x%x"]) % n
    if kind == 1:
        return '"%s"' % "".join(random.choice("aZ 09'(){};\\|&%\u00fc\u20ac\U0001f600") for _ in range(random.randint(0, 6)))
    if kind == 2:
        return "#" + "".join(random.choice(["0a", "FF", "##", "#1"]) for _ in range(random.randint(0, 4)))
    return sid_literal()


def sid_literal():
    """Samba 4.22 crashes by letters that are relative to a domain here."""
    return "SID(%s)" % random.choice(["BA", "WD", "AA", "S-1-5-21-1-2-3-512"] + SIDS)


def blank():
    return random.choice(["", "", " ", "\t", "  "])


def values(one):
    return "{%s}" % (blank() + ("," + blank()).join(one() + blank() for _ in range(random.randint(1, 4))))


def term():
    kind = random.randrange(5)
    if kind == 0:
        return random.choice(["Member_of", "not_member_OF", "Member_of_Any", "Device_Member_of", "Not_Member_of_Any",
                              "Device_Member_of_Any", "Not_Device_Member_of", "Not_Device_Member_of_Any"]) + " " + (
                                  sid_literal() if random.random() < 0.3 else values(sid_literal))
    if kind == 1:
        return random.choice(["Exists ", "not_exists "]) + attribute(True)
    if kind == 2:
        return attribute(True)
    left, right = attribute(True), attribute(False) if random.random() < 0.3 else literal()
    if random.random() < 0.3:
        return left + blank() + random.choice(["<", "<=", ">", ">="]) + blank() + right
    right = values(literal) if random.random() < 0.4 else right
    if random.random() < 0.5:
        return left + blank() + random.choice(["==", "!="]) + blank() + right
    return left + " " + random.choice(["Contains", "Any_of", "Not_Contains", "not_any_of"]) + " " + right


def expression(depth):
    kind = random.randrange(6) if depth > 0 else 0
    if kind <= 1:
        return blank() + term() + blank()
    if kind == 2:
        return blank() + random.choice(["!", "", "!" + blank()]) + "(" + expression(depth - 1) + ")" + blank()
    return (blank() + random.choice(["&&", "||"]) + blank()).join(
        expression(depth - 1) for _ in range(random.randint(2, 3)))


def resource_attribute():
    kind = random.choice(["TS", "TU", "TD", "TI"])
    one = {"TS": lambda: '"%s"' % random.choice(["", "x", "a b", "\u00fc\u20ac"]),
           "TU": lambda: str(random.getrandbits(random.choice([1, 31, 63]))),
           "TI": lambda: str(-1 - random.getrandbits(random.choice([1, 31, 62]))),
           "TD": lambda: random.choice(["BA", "SY", "S-1-5-21-1-2-3-4"])}[kind]
    return '("%s",%s,%s%s)' % (random.choice(["a", "Project", "x%0020y", "\u00fc"]), kind,
                               random.choice(["0", "0x1", "0x10002"]),
                               "".join("," + blank() + one() for _ in range(random.randint(1, 4))))


def random_condition():
    """A descriptor in text with a condition or a resource attribute."""
    if random.random() < 0.2:
        return "S:(RA;;;;;WD;%s)" % resource_attribute()
    kind = random.choice(["XA", "XD", "ZA", "XU"])
    guid = str(random_guid()) if kind == "ZA" and random.random() < 0.7 else ""
    return "%s:(%s;%s;FX;%s;;%s;(%s))" % (
        "S" if kind == "XU" else "D", kind, random.choice(["", "OICI", "IO"]), guid, random_sid(), expression(3))


def lower_octets(text):
    return re.sub(r"#[0-9A-F]+", lambda m: m[0].lower(), text)


def mutated(sd):
    """The same with other bytes behind the SID, or None."""
    data, whole = ndr_pack((sd.dacl or sd.sacl).aces[0]), bytearray(ndr_pack(sd))
    trustee = ndr_pack((sd.dacl or sd.sacl).aces[0].trustee)
    end = bytes(whole).rindex(data) + len(data)
    start = end - len(data) + data.index(trustee) + len(trustee)
    for _ in range(random.randint(1, 3)):
        whole[random.randrange(start, end)] = random.choice(
            [0, 1, 4, 0x10, 0x50, 0x51, 0x80, 0xa2, 0xf8, random.getrandbits(8)])
    try:
        return ndr_unpack(security.descriptor, bytes(whole))
    except (RuntimeError, samba.NTSTATUSError):
        return None


def check_conditions(ours, domain, count):
    """What stands behind a SID, as text both ways; returns how many there were."""
    texts = CONDITIONS + [random_condition() for _ in range(count)]
    done = 0
    for text in texts:
        try:
            sd = security.descriptor.from_sddl(text, domain)
        except Exception as error:
            same("text that Samba refuses", ours("sd-bytes", text)[:1], "!", "%s: %s" % (text, error))
            continue
        check_text(ours, text, domain, sd)
        got, want = check_bytes(ours, sd, domain, text), sd.as_sddl(domain)
        if got and "RA;" not in text:  # Samba writes a sign before numbers of attributes
            same("our text, Samba's text", numbers(got), lower_octets(numbers(want)), text)
        else:
            same("has a text", bool(got), True, text)
        other = mutated(sd)
        if other:
            # Samba is strict with attributes: some flags only, no octets, 63 bits, no value is missing
            check_bytes(ours, other, domain, text, "RA;" not in text)
        done += 1
    return done


def samba_access(sd, token):
    """The rights that Samba's check of files lets through, one by one."""
    granted = 0
    for bit in range(24):
        try:
            granted |= samba.security.access_check(sd, token, 1 << bit)
        except samba.NTSTATUSError:
            pass
    return hex(granted)


def random_dacl(guarded):
    """Entries for files. Of conditional ones the condition decides: true of an allowing entry and
    false of a denying one for a guard, the other way round for a reader."""
    aces = []
    for _ in range(random.choice([0, 1, 2, 3, 5, 8])):
        kind = random.choice(["A", "A", "A", "D", "OA", "OD"] + ([] if OLD else ["XA", "XD"]))
        mask = random.choice(MASKS) if random.random() < 0.5 else random.getrandbits(21)
        guid = str(random_guid()) if kind[0] == "O" else ""
        if kind[0] == "O" and guarded:
            continue  # Samba knows none of these for files, and denies by some
        if mask >= 0x10000000:
            mask = {0x10000000: 0x1f01ff, 0x80000000: 0x120089, 0xe0000000: 0x1201bf}[mask]
        condition = MET if (kind == "XA") == guarded else UNMET
        aces.append("(%s;%s;0x%x;%s;;%s%s)" % (
            kind, random.choice(["", "", "CI", "IO", "CIIO", "ID"]), mask, guid,
            random.choice(SIDS + [DOMAIN + "-513"]), ";(%s)" % condition if kind[0] == "X" else ""))
    return "O:%sD:%s" % (random.choice(SIDS), "".join(aces))


def check_access(ours, domain):
    guarded = random.random() < 0.5
    sd = security.descriptor.from_sddl(random_dacl(guarded), domain)
    token = security.token()
    sids = ["S-1-1-0"] + random.sample(SIDS[1:], random.randint(0, 3))
    token.sids = [security.dom_sid(s) for s in sids]
    token.num_sids = len(sids)
    token.evaluate_claims = security.CLAIMS_EVALUATION_ALWAYS
    answer = ours("access", "%s %s %s" % (ndr_pack(sd).hex(), "met" if guarded else "unmet",
                                          ",".join(sids)))
    same("access", answer, samba_access(sd, token), "%s for %s" % (sd.as_sddl(domain), sids))


# The constants of Samba that are crowds; all others are none.
CROWDS = """SID_WORLD SID_NT_DIALUP SID_NT_NETWORK SID_NT_BATCH SID_NT_INTERACTIVE SID_NT_SERVICE
    SID_NT_ANONYMOUS SID_NT_AUTHENTICATED_USERS SID_NT_TERMINAL_SERVER_USERS
    SID_NT_REMOTE_INTERACTIVE SID_NT_THIS_ORGANISATION SID_NT_IUSR SID_NT_OTHER_ORGANISATION
    SID_COMPOUNDED_AUTHENTICATION SID_CLAIMS_VALID SID_BUILTIN_USERS SID_BUILTIN_GUESTS
    SID_BUILTIN_PREW2K SID_NT_NTLM_AUTHENTICATION SID_NT_SCHANNEL_AUTHENTICATION
    SID_NT_DIGEST_AUTHENTICATION SID_SECURITY_BUILTIN_PACKAGE_ANY_PACKAGE
    SID_AUTHENTICATION_AUTHORITY_ASSERTED_IDENTITY SID_SERVICE_ASSERTED_IDENTITY
    SID_FRESH_PUBLIC_KEY_IDENTITY DOMAIN_RID_USERS DOMAIN_RID_GUESTS
    DOMAIN_RID_DOMAIN_MEMBERS""".split()


def check_crowds(ours):
    for name in dir(security):
        sid = getattr(security, name)
        if name.startswith("DOMAIN_RID_"):
            sid = "%s-%d" % (DOMAIN, sid)
        elif not name.startswith("SID_"):
            continue
        if sid.count("-") > 2:
            same("crowd", ours("crowd", sid) != "-", name in CROWDS, "%s %s" % (name, sid))


def main():
    ours = Ours(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    random.seed(seed)
    domain = security.dom_sid(DOMAIN)
    ours("domain", DOMAIN)
    real = list(domain_descriptors(domain))
    for sd in real:
        check_sd(ours, sd, domain)
    schema = schema_texts()
    for text in schema:
        check_text(ours, text, domain, security.descriptor.from_sddl(text, domain))
    conditions = 0 if TOO_OLD else check_conditions(ours, domain, count)
    check_crowds(ours)
    for _ in range(count):
        text = random_sid()
        bytes_ = ndr_pack(security.dom_sid(text)).hex()
        same("sid text", ours("sid-text", bytes_), str(security.dom_sid(text)), text)
        same("sid bytes", ours("sid-bytes", text), bytes_, text)
        text = str(uuid.UUID(int=random.getrandbits(128)))
        bytes_ = ndr_pack(misc.GUID(text)).hex()
        same("guid text", ours("guid-text", bytes_), text, bytes_)
        same("guid bytes", ours("guid-bytes", text), bytes_, text)
        check_sd(ours, random_sd(), domain)
        check_access(ours, domain)
    if TOO_OLD:
        print("skipped: conditions, which Samba %s does not read (4.20 does)" % samba.version)
    print("codec: Samba %s, seed %d, %d descriptors of a domain, %d of a schema, %d random, "
          "%d with conditions: %d agree, %d differ"
          % (samba.version, seed, len(real), len(schema), count, conditions, passed, failed))
    sys.exit(failed > 0)


main()
