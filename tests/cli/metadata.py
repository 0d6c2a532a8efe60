"""An imitation of a provider's metadata service on the loopback, for test_cloud.sh.

     metadata.py google|azure|ec2|none NOTICE PORT_FILE

A notice is given once the file NOTICE exists. Asks for what the real one asks for: headers, and
EC2's token; anything else is refused."""
import http.server
import json
import os
import sys

provider, notice, port_file = sys.argv[1:4]
TOKEN = "a-token"


class Service(http.server.BaseHTTPRequestHandler):
    def answer(self, code, text=""):
        self.send_response(code)
        self.end_headers()
        self.wfile.write(text.encode())

    def do_PUT(self):
        lives = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds", "")
        if provider == "ec2" and self.path == "/latest/api/token" and lives.isdigit():
            return self.answer(200, TOKEN)
        return self.answer(404)

    def do_GET(self):
        given = os.path.exists(notice)
        path, _, query = self.path.partition("?")
        if provider == "google" and self.headers.get("Metadata-Flavor") == "Google":
            answers = {"/computeMetadata/v1/instance/id": "1",
                       "/computeMetadata/v1/instance/preempted": "TRUE" if given else "FALSE"}
        elif (provider == "azure" and self.headers.get("Metadata") == "true"
              and "api-version=" in query):
            event = {"EventType": "Preempt" if given else "Freeze", "EventStatus": "Scheduled"}
            answers = {"/metadata/instance": "{}",
                       "/metadata/scheduledevents": json.dumps({"Events": [event]})}
        elif provider == "ec2" and self.headers.get("X-aws-ec2-metadata-token") == TOKEN:
            answers = {"/latest/meta-data/instance-id": "i-1"}
            if given:
                action = {"action": "stop", "time": "2026-01-01T00:00:00Z"}
                answers["/latest/meta-data/spot/instance-action"] = json.dumps(action)
        else:
            answers = {}
        if path in answers:
            return self.answer(200, answers[path])
        return self.answer(404)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
with open(port_file + ".part", "w") as out:
    out.write(str(server.server_address[1]))
os.rename(port_file + ".part", port_file)
server.serve_forever()
