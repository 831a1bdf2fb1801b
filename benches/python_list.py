"""What a script with the official client does: list the webhooks, print them as JSON."""

import json
import os

import ubiops

configuration = ubiops.Configuration(
    host=os.environ["UBIOPS_API_HOST"],
    api_key={"Authorization": os.environ["UBIOPS_API_TOKEN"]},
)
with ubiops.ApiClient(configuration) as client:
    webhooks = ubiops.CoreApi(client).webhooks_list(os.environ["UBIOPS_PROJECT"])
    print(json.dumps(client.sanitize_for_serialization(webhooks)))
