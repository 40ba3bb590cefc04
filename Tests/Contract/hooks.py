"""For scripts/contract: how answers in XML are read, and what a schema can't say."""

import os
import re
import threading
from xml.etree import ElementTree

import schemathesis
from schemathesis.core.failures import AcceptedNegativeData, ServerError
from schemathesis.openapi.checks import RejectedPositiveData


def fail_at_once(failure):
    """Of an error in a thread of its own, schemathesis says only that there was nothing more to test."""
    threading.__excepthook__(failure)
    os._exit(70)


threading.excepthook = fail_at_once

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def is_else_in_xml(value):
    """Whether a value is another one in XML: what is no text in JSON, as null, true and 1, is text there."""
    return value is None or isinstance(value, (bool, int, float)) or isinstance(value, str) and NOT_XML.search(value)


def is_beyond_a_schema(name, body):
    """Whether a value that fits its schema may be refused all the same."""

    def text(name):
        return body.get(name) if isinstance(body.get(name), str) else ""

    match name:
        # Both together have 255 bytes, and what is not named here is stored already.
        case "uniqueName" | "domain" if {"uniqueName", "domain"} - body.keys():
            return True
        case "uniqueName" | "domain" if len(text("uniqueName") + text("domain")) > 250:
            return True
        case "domain":
            # IDNA has rules for each character.
            return not text("domain").isascii()
        case "serverAddressOverride":
            # Labels, ports, the groups of an address.
            return True
        case "sharedSecret" | "password":
            # The limit counts bytes.
            return len(text(name).encode()) > 1024
        case "url" | "hosts":
            # Hosts and escapes; the configured domain.
            return True
        case "host":
            return not text("host").isascii()
        case "username" | "resource":
            return len(text(name).encode()) > 1023
        case "name":
            return len(text("name").encode()) > 255
        case "userJid":
            # What becomes of a character, and how long the host is as a whole.
            return not text("userJid").isascii() or len(text("userJid").partition("@")[2]) > 253
    return False


@schemathesis.hook
def before_call(context, case, kwargs):
    """Waits for a second where it would be for longer."""
    if "waitFor" in (case.query or {}) and str(case.query.get("timeout", 30)).isdigit():
        case.query["timeout"] = 1
    if "Prefer" in (case.headers or {}):
        case.headers["Prefer"] = re.sub(r"wait=\d+", "wait=1", case.headers["Prefer"])


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Leaves out what is right."""
    if isinstance(failure, ServerError):
        # That nobody is connected is what was asked for.
        return not (case.path == "/readyz" and (case.query or {}).get("xmpp") == "required")
    if isinstance(failure, AcceptedNegativeData):
        # An empty array, for one, is nothing at all in XML, and an empty body changes nothing, whatever its type.
        if isinstance(case.body, (list, dict)) and not response.request.body:
            return False
        # schemathesis leaves out what XML can't hold.
        texts = case.body.values() if isinstance(case.body, dict) else []
        is_xml = (case.media_type or "").endswith("/xml")
        return not (is_xml and any(is_else_in_xml(text) for text in texts))
    if not isinstance(failure, RejectedPositiveData):
        return True
    if response.status_code == 412:
        # Which revision is stored, a schema doesn't know.
        return not {"If-Match", "If-None-Match"} & set(case.headers or {})
    if response.status_code == 400:
        # What goes together, and what is stored, a schema doesn't know. HEAD has no text.
        query = case.query or {}
        # A stream tells every state and waits for none.
        if response.request.headers.get("Accept") == "text/event-stream" and "waitFor" in query:
            return False
        if "alreadyExists" in response.text:
            return False
        if "missingParameter" in response.text or "waitFor" not in query and {"revision", "timeout"} & query.keys():
            return False
        refused = re.findall(r'parameter"?[=:] ?"(\w+)', response.text)
        body = case.body if isinstance(case.body, dict) else {}
        return not refused or not all(is_beyond_a_schema(name, body) for name in refused)
    return True


@schemathesis.check
def xml_conformance(context, response, case):
    """Answers in XML are as documented, elements by their names: response_schema_conformance reads JSON alone."""
    if case.method == "HEAD" or response.headers.get("content-type") != ["text/xml"]:
        return
    definition = case.operation.responses.find_by_status_code(response.status_code)
    described = definition and definition.get_schema("text/xml")
    if not described or not described.schema:
        return  # as status_code_conformance says
    answer = read_xml(response.content.decode(), described.schema)
    validator = definition.get_validator("text/xml", described.schema, validate_formats=True)
    errors = [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(answer)]
    assert not errors, "; ".join(errors)


def read_xml(text, schema):
    """An XML answer as the object that its schema describes."""
    bundle = schema.get("x-bundled", {})

    def resolved(schema):
        target = bundle.get(schema.get("$ref", "").rpartition("/")[2], {})
        return {**target, **schema}

    def name(schema, otherwise):
        return schema.get("xml", {}).get("name", otherwise)

    def value(element, schema):
        kind = schema.get("type")
        if kind == "object":
            return fields(element, schema)
        if kind == "array":
            item = resolved(schema["items"])
            expect({child.tag for child in element} <= {name(item, element.tag)}, element)
            return [value(child, item) for child in element]
        text = element.text or ""
        expect(not len(element) and not element.attrib, element)
        if kind in ("integer", "number") and re.fullmatch(r"-?\d+(\.\d+)?", text):
            return float(text) if kind == "number" else int(text)
        return {"true": True, "false": False}.get(text, text) if kind == "boolean" else text

    def fields(element, schema):
        expect(not (element.text or "").strip(), element)
        attributes, single, several = {}, {}, {}
        for key, property in schema.get("properties", {}).items():
            property = resolved(property)
            options = property.get("xml", {})
            if options.get("attribute"):
                attributes[name(property, key)] = key
            elif property.get("type") == "array" and not options.get("wrapped"):
                several[name(resolved(property["items"]), key)] = key, resolved(property["items"])
            else:
                single[name(property, key)] = key, property
        # What the schema does not have keeps its name, and the check will not like it.
        result = {attributes.get(attribute, f"@{attribute}"): text for attribute, text in element.attrib.items()}
        for key in attributes.values():
            if key in result and schema["properties"][key].get("type") == "integer":
                result[key] = int(result[key])
        for key, _ in several.values():
            result[key] = []
        for child in element:
            if child.tag in several:
                key, property = several[child.tag]
                result[key].append(value(child, property))
            else:
                key, property = single.get(child.tag, (child.tag, {}))
                expect(key not in result, element)
                result[key] = value(child, property)
        return result

    def expect(condition, element):
        assert condition, f"<{element.tag}> is not as its schema says (elements are named by xml.name)"

    root = ElementTree.fromstring(text)
    schema = resolved(schema)
    expect(root.tag == name(schema, None), root)
    return value(root, schema)
