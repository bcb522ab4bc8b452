#!/usr/bin/env python3
"""Who signed this PDF or XML file of Khuê, in which capacity, when, and was it altered since? One file, no Khuê in it.

Needs Python 3.9 or newer and two packages: cryptography (signatures, certificates) and lxml (canonical XML). It reads
PDF, CMS and time stamps itself. It opens no network connection: give it the roots you trust (--root), the authority's
revocation lists (--crl), the registered hash (--sha256), and who must have signed (--expect FIELD=NUMBER). What it was
not given it cannot know, and then it says so instead of "genuine".   Exit code: 0 genuine, 1 false, 2 cannot tell.
"""

# fmt: off
# ruff: noqa: B905, E501, E731, RUF017
import argparse
import hashlib
import re
import sys
from base64 import b64decode, b64encode
from copy import deepcopy
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding

HASHES = {bytes.fromhex(f"60864801650304020{n}"): name for n, name in ((1, "sha256"), (2, "sha384"), (3, "sha512"))}
KIND, DIGEST, CERTIFICATE, STAMP = (bytes.fromhex("2a864886f70d0109" + end) for end in ("03", "04", "10022f", "10020e"))
W3, XADES = "http://www.w3.org/", "http://uri.etsi.org/01903/v1.3.2#"
DS, EXC, SHA256 = W3 + "2000/09/xmldsig#", W3 + "2001/10/xml-exc-c14n#", W3 + "2001/04/xmlenc#sha256"
METHODS = {f"{W3}2001/04/xmldsig-more#{kind}-sha256": kind for kind in ("rsa", "ecdsa")}
WHOLE = [(DS + "enveloped-signature", ""), (W3 + "TR/1999/REC-xpath-19991116", "not(ancestor-or-self::ds:Signature)"), (EXC, "")]
SLACK, HERE = timedelta(minutes=10), timezone(timedelta(hours=7))
ALTERED, EDITED, RANGE = "nội dung được ký đã bị thay đổi", "tệp đã bị sửa sau khi ký", "phạm vi ký không đúng"
STRANGE, SWAPPED = "cách xếp đặt trong tệp không đúng mẫu, có thể là tệp ghép", "chứng thư số kèm theo bị tráo"

class Wrong(Exception):
    """The file is not what it says it is; the text says why."""
def demand(fact, why="chữ ký không đọc được"):
    if not fact:
        raise Wrong(why)

# --- DER, CMS, time stamps -------------------------------------------------------------------------------------------
def parts(content):
    """The elements in some DER content: (tag, what is inside, the whole element)."""
    found = []
    while content:
        start = 2 + (content[1] & 0x7F if content[1] & 0x80 else 0)
        end = start + (int.from_bytes(content[2:start], "big") if start > 2 else content[1])
        demand(end <= len(content))
        found.append((content[0], content[start:end], content[:end]))
        content = content[end:]
    return found
def digest(kind, data):
    return hashlib.new(kind, data).digest()
def verify(certificate, signature, data, kind):
    """The signature over `data` is of the certificate's key, and the key is strong enough."""
    key, hashed = certificate.public_key(), getattr(hashes, kind.upper())()
    is_rsa = isinstance(key, rsa.RSAPublicKey)
    demand(key.key_size >= (2048 if is_rsa else 256), "khóa ký quá yếu")
    try:
        key.verify(signature, data, *((padding.PKCS1v15(), hashed) if is_rsa else (ec.ECDSA(hashed),)))
    except Exception:
        raise Wrong("chữ ký không khớp với chứng thư số") from None
def cms(raw, covered=None):
    """Verify a CMS envelope over `covered`, or over what is in it: certificate, others, signature, stamps, content."""
    signed = parts(parts(parts(parts(raw[: 4 + int.from_bytes(raw[2:4], "big")])[0][1])[1][1])[0][1])  # padding off
    held = [x509.load_der_x509_certificate(one[2]) for tag, body, _ in signed if tag == 0xA0 for one in parts(body)]
    (signer,), inside = parts(signed[-1][1]), parts(signed[2][1])
    info = parts(signer[1])
    own = [c for c in held if info[1][1] == c.issuer.public_bytes() + parts(parts(c.tbs_certificate_bytes)[0][1])[1][2]]
    demand(own, SWAPPED)
    own, kind = own[0], HASHES.get(parts(info[2][1])[0][1])
    demand(kind, "thuật toán băm không còn an toàn")
    values = {parts(body)[0][1]: parts(parts(body)[1][1])[0] for _, body, _ in parts(info[3][1])}
    content = parts(inside[1][1])[0][1] if len(inside) > 1 else covered
    demand(values[DIGEST][1] == digest(kind, content) and values[KIND][1] == inside[0][1], ALTERED)
    if CERTIFICATE in values:
        first = parts(parts(parts(values[CERTIFICATE][1])[0][1])[0][1])
        same = HASHES[parts(first[0][1])[0][1]] if first[0][0] == 0x30 else "sha256"
        mark = next(body for tag, body, _ in first if tag == 4)
        demand(mark == digest(same, own.public_bytes(Encoding.DER)), SWAPPED)
    verify(own, info[5][1], b"\x31" + info[3][2][1:], kind)
    unsigned = [parts(each[1]) for tag, body, _ in info[6:] if tag == 0xA1 for each in parts(body)]
    return own, held, info[5][1], [parts(each[1][1])[0][2] for each in unsigned if each[0][1] == STAMP], content
def stamp(token, data):
    """The moment, the certificate and the other certificates of a time stamp over `data`."""
    own, held, _, _, content = cms(token)
    said = parts(parts(content)[0][1])
    kind, imprint = parts(said[2][1])
    demand(imprint[1] == digest(HASHES[parts(kind[1])[0][1]], data), "dấu thời gian không khớp với chữ ký")
    return datetime.strptime(said[4][1].decode()[:14] + "+0000", "%Y%m%d%H%M%S%z"), own, held

# --- XML: the one shape that Khuê writes ------------------------------------------------------------------------------
def read_xml(data, unknown):
    from lxml import etree
    plain = lambda element: etree.tostring(element, method="c14n", exclusive=True, with_comments=False)
    text = lambda element: "".join((element.text or "").split())
    sha256 = lambda content: b64encode(digest("sha256", content)).decode()
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    around = root.getnext() is not None or root.getprevious() is not None or b"<!DOCTYPE" in data
    demand(not around and all(isinstance(each.tag, str) for each in root.iter()), "tệp XML có phần không được phép")
    every, found = list(root.iter(f"{{{DS}}}Signature")), []
    demand(every, "tệp không có chữ ký nào")
    demand(list(root)[-len(every) :] == every and not any(each.tail for each in every), STRANGE)
    named = [(key, value, e) for e in root.iter() for key, value in e.attrib.items() if key.split("}")[-1].lower() == "id"]
    ids, bare = {value: element for _, value, element in named}, deepcopy(root)
    demand(len(ids) == len(named) and all(key == "Id" for key, _, _ in named), STRANGE)
    del bare[-len(every) :]
    for place, element in enumerate(every):
        field, before = element.get("Id") or "", every[:place]
        demand([e.tag.split("}")[-1] for e in element] == ["SignedInfo", "SignatureValue", "KeyInfo", "Object"], STRANGE)
        info, value, key, box = element
        method = METHODS.get(info[1].get("Algorithm"))
        demand(method and info[0].get("Algorithm") == EXC, "thuật toán ký không được phép")
        held = [x509.load_der_x509_certificate(b64decode(text(e))) for e in key.iter(f"{{{DS}}}X509Certificate")]
        demand(len(box) == 1 and box[0].get("Target") == f"#{field}" and ids.get(f"{field}-xades") is box[0][0], STRANGE)
        demand(text(box[0][0].find(f".//{{{XADES}}}CertDigest/{{{DS}}}DigestValue")) == sha256(held[0].public_bytes(Encoding.DER)), SWAPPED)
        refs = list(info)[2:]
        demand([r.get("URI") for r in refs[1:]] == [f"#{field}-xades", *(f"#{e.get('Id')}" for e in before)], STRANGE)
        part = refs[0].get("URI")[1:]
        demand(not part or (part in ids and ids[part].getparent() is root and ids[part] not in every), STRANGE)
        for reference, signed in zip(refs, [ids[part] if part else bare, box[0][0], *before]):
            steps = [(t.get("Algorithm"), "".join(t.itertext()).strip()) for t in reference[0]]
            demand(steps == (WHOLE[2:] if reference.get("URI") else WHOLE), STRANGE)
            demand(reference[1].get("Algorithm") == SHA256, "thuật toán băm không được phép")
            demand(text(reference[2]) == sha256(plain(signed)), ALTERED)
        raw = b64decode(text(value))
        if method == "ecdsa":
            raw = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        verify(held[0], raw, plain(info), "sha256")
        role, time = (box[0][0].find(f".//{{{XADES}}}{name}").text for name in ("ClaimedRole", "SigningTime"))
        stamps = [stamp(b64decode(text(e)), plain(value)) for e in box[0].iter(f"{{{XADES}}}EncapsulatedTimeStamp")]
        said = {"field": field, "capacity": role or "", "at": datetime.fromisoformat(time), "part": part}
        found.append({**said, "own": held[0], "held": held, "stamps": stamps})
    demand(not found[-1]["part"], "chữ ký cuối chỉ bao gồm một phần của tệp")
    return found

# --- PDF: revisions, each with a classic table of its objects --------------------------------------------------------
TOKEN = re.compile(rb"\s*(?:\d+ \d+ obj\s*)?(?:%[^\r\n]*\s*)*(<<|>>|\[|\]|<[0-9A-Fa-f\s]*>|/[^\s<>\[\]()/%]*|\d+ \d+ R\b|[^\s<>\[\]()/%]+|\((?:\\.|[^()\\])*\))", re.DOTALL)
GROWS = b"/Annots /AcroForm /DSS /Extensions /Metadata /Fields /SigFlags /Certs /CRLs /OCSPs".split()
def value_at(data, at):
    """One PDF object (dictionary, array, or its bytes) and where it ends."""
    match = TOKEN.match(data, at)
    word, at = match[1], match.end()
    if word in (b"<<", b"["):
        items, close = [], b">>" if word == b"<<" else b"]"
        while (item := value_at(data, at))[0] != close:
            items, at = [*items, item[0]], item[1]
        return (dict(zip(items[::2], items[1::2])) if word == b"<<" else items), item[1]
    return word[1:-1] if word[:1] == b"(" else word, at
def check_additions(data, ends, first):
    """After the first signature only signatures and validation data were added: no page, field or text was changed."""
    places, previous, fixed = {}, 0, {}
    for end in ends:
        new, at = {}, int(re.findall(rb"startxref\s+(\d+)\s+%%EOF", data[:end])[-1]) + 4
        while head := re.compile(rb"\s*(\d+) (\d+)\s*").match(data, at):
            at = head.end() + 20 * int(head[2])
            lines = re.findall(rb"(\d{10}) \d{5} ([nf])", data[head.end() : at])
            new.update({number: int(place) for number, (place, kind) in enumerate(lines, int(head[1])) if kind == b"n"})
        trailer = value_at(data, data.index(b"trailer", at) + 7)[0]
        fixed = fixed or trailer
        demand(b"/XRefStm" not in trailer and fixed[b"/Root"] == trailer[b"/Root"], EDITED)
        for number, place in new.items() if previous >= first else ():
            now, was = value_at(data, place)[0], value_at(data, places[number])[0] if number in places else None
            demand(place >= previous, EDITED)
            if was is None:  # something new that is seen may only be the signature of somebody
                box = [*map(float, now.get(b"/Rect", ()))] if isinstance(now, dict) else []
                by = value_at(data, new[int(now[b"/V"].split()[0])])[0].get(b"/SubFilter") if box and b"/V" in now else None
                demand(not box or (now.get(b"/FT") == b"/Sig" and (box[0] == box[2] or box[1] == box[3] or by not in (None, b"/ETSI.RFC3161"))), EDITED)
                continue
            pairs = [(was, now)] if isinstance(was, list) else []  # what was listed stays listed first
            if pairs == [] and was.get(b"/Type") != b"/Metadata" and fixed.get(b"/Info") != b"%d 0 R" % number:
                demand(b"/Length" not in was and was.get(b"/AcroForm") in (None, now.get(b"/AcroForm")), EDITED)
                demand(all(now.get(key) == was.get(key) for key in {**now, **was} if key not in GROWS), EDITED)
                pairs = [(was[key], now.get(key)) for key in GROWS if isinstance(was.get(key), list)]
            demand(all(new_[: len(old)] == old for old, new_ in pairs if isinstance(new_, list)), EDITED)
        places, previous = {**places, **new}, end
def words(text):
    """A PDF text string as Python text."""
    text = bytes.fromhex(text[1:-1].decode()) if text[:1] == b"<" else text
    text = re.sub(rb"\\(\d{3}|.)", lambda m: bytes([int(m[1], 8)]) if len(m[1]) == 3 else m[1], text, flags=re.DOTALL)
    return text[2:].decode("utf-16-be") if text[:2] == b"\xfe\xff" else text.decode("latin-1")
def read_pdf(data, unknown):
    ranges = re.findall(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", data)
    demand(ranges, "tệp không có chữ ký nào")
    ranges, found = sorted((tuple(map(int, each)) for each in ranges), key=lambda r: r[2] + r[3]), []
    for zero, one, two, size in ranges:
        hole, end = data[one:two], two + size
        demand(zero == 0 and end <= len(data) and re.fullmatch(rb"<[0-9A-Fa-f]+>", hole), RANGE)
        demand(re.search(rb"%%EOF[\r\n]{0,2}$", data[:end]), RANGE)
        entry = value_at(data, data.rindex(b" obj", 0, one) + 4)[0]
        covered, raw = data[:one] + data[two:end], bytes.fromhex(hole[1:-1].decode())
        at = re.match(r"D:(\d{14})(?:([+-]\d\d)'(\d\d))?", words(entry.get(b"/M", b"")))
        claim = {"field": "", "capacity": words(entry.get(b"/Reason", b"")), "part": "", "own": None, "stamps": []}
        claim["at"] = datetime.strptime(at[1] + (f"{at[2]}{at[3]}" if at[2] else "+0000"), "%Y%m%d%H%M%S%z") if at else None
        if entry.get(b"/SubFilter") == b"/ETSI.RFC3161":
            found.append({**claim, "stamps": [stamp(raw, covered)]})
            continue
        demand(entry.get(b"/SubFilter") in (b"/ETSI.CAdES.detached", b"/adbe.pkcs7.detached"), "kiểu chữ ký không được phép")
        own, held, signature, tokens, _ = cms(raw, covered)
        number = re.findall(rb"(\d+) \d+ obj", data[max(0, one - 4000) : one])[-1]
        for place in re.finditer(rb"/V " + number + rb" 0 R", data):
            claim["field"] = words(value_at(data, data.rindex(b" obj", 0, place.start()) + 4)[0].get(b"/T", b""))
        found.append({**claim, "own": own, "held": held, "stamps": [stamp(each, signature) for each in tokens]})
    tail, first = data[sum(ranges[-1][2:]) :], sum(ranges[0][2:])
    proper = b"/DSS" in tail and tail.count(b"%%EOF") == 1 and re.search(rb"startxref\s+\d+\s+%%EOF[\r\n]{0,2}$", tail)
    demand(not tail or proper, "sau phần được ký còn có nội dung thêm vào")
    ends = [match.end() for match in re.finditer(rb"startxref\s+\d+\s+%%EOF[\r\n]{0,2}", data)]
    try:
        check_additions(data, ends if len(ranges) > 1 or tail else [], first)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        unknown.append("không đọc được bảng đối tượng của tệp PDF để biết sau khi ký có sửa không")
    return found

# --- certificates ----------------------------------------------------------------------------------------------------
def issued(child, above):
    try:
        return child.verify_directly_issued_by(above) is None
    except Exception:
        return False
def faults(own, held, at, trust, purpose="sign"):
    """What is wrong with the certificate at a moment, and what is not known; `trust` is (roots, revocation lists)."""
    (roots, lists), wrong, unknown, one, depth = trust, [], [], own, 0
    uses = {type(each.value): each.value for each in own.extensions}
    usage, stamping = uses.get(x509.KeyUsage), set(uses.get(x509.ExtendedKeyUsage, ())) == {x509.ExtendedKeyUsageOID.TIME_STAMPING}
    if stamping != (purpose == "stamp") or not usage or not (usage.digital_signature or usage.content_commitment):
        wrong.append("chứng thư số không được cấp để làm việc này")
    while one not in roots and (depth := depth + 1) < 7:
        above = next((c for c in [*roots, *held] if c.subject == one.issuer and c != one and issued(one, c)), None)
        if above is None:
            forged = ["chứng thư số mạo danh tổ chức cấp"] if any(root.subject == one.issuer for root in roots) else []
            return wrong + forged, [*unknown, "không biết nơi cấp chứng thư số có đáng tin không (--root)"]
        basic = next((each.value for each in above.extensions if isinstance(each.value, x509.BasicConstraints)), None)
        news = [crl for crl in lists if crl.issuer == above.subject and crl.is_signature_valid(above.public_key())]
        revoked = [entry for crl in news if (entry := crl.get_revoked_certificate_by_serial_number(one.serial_number))]
        if not basic or not basic.ca or one.signature_hash_algorithm.name in ("md5", "sha1"):
            wrong.append("chứng thư số do nơi không có quyền cấp, hoặc bằng thuật toán không còn an toàn")
        if any(entry.revocation_date_utc <= at for entry in revoked):
            wrong.append("chứng thư số đã bị thu hồi")
        elif purpose == "sign" and not any(crl.last_update_utc >= at or at <= crl.next_update_utc for crl in news):
            unknown.append("chưa có danh sách thu hồi của nơi cấp chứng thư số (--crl)")
        if not one.not_valid_before_utc <= at <= one.not_valid_after_utc:
            wrong.append("chứng thư số không trong thời hạn")
        one = above
    return wrong, unknown
def judge(found, trust, now, wrong, unknown, out):
    """Judge each signature at the moment it is proven to have existed, from the last to the first; say who signed."""
    proven, lines, times = None, [], []
    for claim in reversed(found):
        for at, own, held in claim["stamps"]:
            times.append(at)
            if doubt := sum(faults(own, held, at, trust, "stamp"), []):
                unknown.append("dấu thời gian do nơi chưa đáng tin cấp: " + doubt[0])
            elif proven is None or at < proven:
                proven = at
        if claim["own"] is None:
            continue
        who, said = (claim["own"], claim["held"]), claim["at"]
        bad, dark = faults(*who, proven or now, trust)
        if bad and proven is None and said and not faults(*who, said, trust)[0]:
            bad, dark = [], [*dark, *(each + ", không có dấu thời gian" for each in bad)]  # good when it says it signed
        if said and said > (proven or now) + SLACK:
            dark.append("giờ ký ghi trong tệp muộn hơn dấu thời gian hoặc ở tương lai")
        wrong += bad
        unknown += dark
        subject = {each.oid._name: each.value for each in who[0].subject}
        claim["number"] = subject.get("userID", subject.get("serialNumber", "")).rpartition(":")[2]
        when = said.astimezone(HERE).strftime("%d/%m/%Y %H:%M") if said else "?"
        lines.append(f"{claim['field']}: {subject.get('commonName', '?')} ({claim['number']}), {claim['capacity']}, {when}"
                     f"{', có dấu thời gian' if claim['stamps'] else ''}{', chỉ phần ' + claim['part'] if claim['part'] else ''}")
    unknown += ["dấu thời gian không theo thứ tự các chữ ký"] if times != sorted(times, reverse=True) else []
    out("\n".join(reversed(lines)))
def main(given=None, out=print):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("--root", "--crl", "--expect"):
        parser.add_argument(name, action="append", default=[])
    for name in ("file", "--sha256", "--at"):  # --at: judge as of this moment (ISO 8601 with zone), else now
        parser.add_argument(name)
    given, wrong, unknown, found = parser.parse_args(given), [], [], []
    data, now = Path(given.file).read_bytes(), datetime.fromisoformat(given.at) if given.at else datetime.now(HERE)
    def load(kind, path):
        body = Path(path).read_bytes()
        return getattr(x509, f"load_{'pem' if body[:5] == b'-----' else 'der'}_x509_{kind}")(body)
    trust = [load("certificate", each) for each in given.root], [load("crl", each) for each in given.crl]
    try:
        found = (read_pdf if data[:5] == b"%PDF-" else read_xml)(data, unknown)
        judge(found, trust, now, wrong, unknown, out)
    except Wrong as problem:
        wrong.append(str(problem))
    except Exception:
        wrong.append("tệp không đọc được, không phải tệp ký đúng mẫu")
    wrong += ["tệp này không phải là tệp đã đăng ký"] if given.sha256 and given.sha256.lower() != digest("sha256", data).hex() else []
    signed = [f"{claim['field']}={claim.get('number')}" for claim in found if claim["own"]]
    wrong += ["không đúng những người phải ký: " + ", ".join(signed)] if given.expect not in ([], signed) else []
    summary = "KHÔNG ĐÚNG" if wrong else "CHƯA KẾT LUẬN ĐƯỢC" if unknown else "ĐÚNG: nội dung còn nguyên từ khi ký"
    out("\n".join([*(f"- {text}" for text in dict.fromkeys(wrong + unknown)), summary]))
    return 1 if wrong else 2 if unknown else 0

if __name__ == "__main__":
    sys.exit(main())
