"""Lets the providers' own packages read what a call and its stand-in have sent to each other.

Reads lines of JSON: {"provider", "from": "client" or "server", "message"}. Writes a line for each message that a package refuses or does
not know, and nothing if there is none. NO_MODEL lists what a package has no model for, with the reason.
"""
import json
import sys
import typing

import pydantic

# (provider, who sends it, type): why no type of the package reads it.
NO_MODEL = {
    ("elevenlabs", "client", "pong"): "the package writes it in place, without a model",
    ("elevenlabs", "client", "client_tool_result"): "the package writes it in place, without a model",
    ("elevenlabs", "client", "user_audio_chunk"): "the package writes it in place, without a model",
    ("elevenlabs", "server", "error"): "the package's list of events lacks it; the types of its JavaScript package have it",
}

# Members that a package sends, but that its own model of the message does not have: the model that has them, by name.
ELSEWHERE = {("gemini", "client", "setup"): {"realtimeInputConfig": "RealtimeInputConfig"}}

# Members that real servers send and that no model of the package has.
SENT_ALL_THE_SAME = {("openai", "server"): {"/session/id", "/session/object", "/session/expires_at"}}


def members(model, path=""):
    """Members that no model has, with their places."""
    if isinstance(model, pydantic.BaseModel):
        for name in model.model_extra or {}:
            yield f"{path}/{name}"
        for name in model.model_fields_set:
            yield from members(getattr(model, name, None), f"{path}/{name}")
    elif isinstance(model, (list, tuple)):
        for at, one in enumerate(model):
            yield from members(one, f"{path}/{at}")
    elif isinstance(model, dict):
        for name, one in model.items():
            yield from members(one, f"{path}/{name}")


def read_strictly(model, message, known=frozenset()):
    read = pydantic.TypeAdapter(model).validate_json(json.dumps(message))
    unknown = sorted(set(members(read)) - known)
    if unknown:
        raise ValueError(f"members that no model names: {', '.join(unknown)}")


def by_type(hints, found=None):
    """The models among these types and in their unions, by the value of their `type`: several may have one."""
    found = {} if found is None else found
    for hint in hints:
        if isinstance(hint, type) and issubclass(hint, pydantic.BaseModel):
            kind = typing.get_args(hint.model_fields["type"].annotation)[0]
            found.setdefault(kind, []).append(hint)
        else:
            by_type(typing.get_args(hint), found)
    return found


def read_by_any(models, message, known=frozenset()):
    """Whether one of the models reads it; if not, why the last one does not."""
    for left, model in zip(range(len(models) - 1, -1, -1), models):
        try:
            return read_strictly(model, message, known)
        except ValueError:
            if left == 0:
                raise


class Deepgram:
    def __init__(self):
        from deepgram.agent.v1 import socket_client as agent

        self.known = {"server": by_type([agent.V1SocketClientResponse])}
        # What its methods `send_...` accept.
        sent = [typing.get_type_hints(method).get("message")
                for name, method in vars(agent.V1SocketClient).items() if name.startswith("send_")]
        self.known["client"] = by_type([hint for hint in sent if hint not in (None, bytes)])

    def read(self, sender, message):
        read_by_any(self.known[sender][message["type"]], message)


class Gemini:
    def __init__(self):
        from google.genai import types

        self.types = types
        self.model = {"server": types.LiveServerMessage, "client": types.LiveClientMessage}

    def read(self, sender, message):
        kind = kind_of(message)
        elsewhere = ELSEWHERE.get(("gemini", sender, kind), {})
        if elsewhere:
            message = json.loads(json.dumps(message))
        for name, model in elsewhere.items():
            read_strictly(getattr(self.types, model), message[kind].pop(name, {}))
        read_strictly(self.model[sender], message)


class OpenAiLive:
    def __init__(self):
        from openai.types.live import client_event, server_event

        self.known = {"server": by_type([server_event.ServerEvent]), "client": by_type([client_event.ClientEvent])}

    def read(self, sender, message):
        read_by_any(self.known[sender][message["type"]], message)


class OpenAi:
    def __init__(self):
        from openai.types.realtime import realtime_client_event, realtime_server_event

        self.known = {"server": by_type([realtime_server_event.RealtimeServerEvent]),
                      "client": by_type([realtime_client_event.RealtimeClientEvent])}

    def read(self, sender, message):
        known = SENT_ALL_THE_SAME.get(("openai", sender), frozenset())
        read_by_any(self.known[sender][message["type"]], message, known)


class ElevenLabs:
    """Its package has a model only of the conversation's first message: it reads and writes the others in place. So its own client
    reads what the stand-in sends."""

    def __init__(self):
        from elevenlabs.conversational_ai import conversation
        from elevenlabs.types.client_event import ClientEvent
        from elevenlabs.types.conversation_initiation_client_data_request_input import (
            ConversationInitiationClientDataRequestInput,
        )

        self.package = conversation
        self.initiation = ConversationInitiationClientDataRequestInput
        self.events = set(typing.get_args(typing.get_args(ClientEvent)[0]))
        self.reader = None

    def client(self):
        class Handler:
            def __getattr__(self, name):
                return lambda *taken: None

        reader = object.__new__(self.package.BaseConversation)
        reader._conversation_id, reader._last_interrupt_id = None, 0
        return reader, Handler()

    def read(self, sender, message):
        kind = message.get("type")
        if sender == "server":
            if kind not in self.events:
                raise ValueError(f"no event of its list is called {kind}")
            if kind == "conversation_initiation_metadata" or self.reader is None:
                self.reader = self.client()
            reader, handler = self.reader
            reader._handle_message_core(message, handler)
            return
        kinds = {"contextual_update": "ContextualUpdateClientToOrchestratorEvent",
                 "user_message": "UserMessageClientToOrchestratorEvent",
                 "user_activity": "UserActivityClientToOrchestratorEvent"}
        if kind == "conversation_initiation_client_data":
            read_strictly(self.initiation, {name: value for name, value in message.items() if name != "type"})
        else:
            event = getattr(self.package, kinds[kind])
            would_be = event(**{name: value for name, value in message.items() if name != "type"}).to_dict()
            if json.loads(json.dumps(would_be)) != message:
                raise ValueError(f"the package would send {would_be}")


READERS = {"openai": OpenAi, "deepgram": Deepgram, "gemini": Gemini, "openai-live": OpenAiLive, "elevenlabs": ElevenLabs}


def kind_of(message):
    kind = message.get("type")
    return kind if isinstance(kind, str) else next(iter(message), "(nothing)")


def main():
    readers, read, said = {}, {}, set()
    for line in sys.stdin:
        entry = json.loads(line)
        provider, sender, message = entry["provider"], entry["from"], entry["message"]
        name = (provider, sender, kind_of(message))
        if name in NO_MODEL:
            continue
        read[name] = read.get(name, 0) + 1
        try:
            if provider not in readers:
                readers[provider] = READERS[provider]()
            readers[provider].read(sender, message)
        except Exception as fault:
            why = f"no model of the package has this type: {fault}" if isinstance(fault, KeyError) else str(fault)
            report = f"{provider}, sent by the {sender}: {why}\n  {json.dumps(message)[:2000]}"
            if (name, why) not in said:
                said.add((name, why))
                print(report)
    for (provider, sender, kind), count in sorted(read.items()):
        print(f"{provider} {sender} {kind} {count}", file=sys.stderr)


main()
