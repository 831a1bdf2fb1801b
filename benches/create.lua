-- Creates webhooks with names that no other run has had. RUN and the token come from the caller.
local run, token, count = os.getenv("RUN"), os.getenv("UBIOPS_API_TOKEN"), 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = token

request = function()
    count = count + 1
    return wrk.format(nil, nil, nil, string.format(
        '{"name":"bench-%s-%d","object_type":"deployment","object_name":"deployment-1",' ..
        '"event":"deployment_request_failed","url":"https://hooks.example.org/in",' ..
        '"headers":[{"key":"X-Team","value":"blue","protected":false}],"labels":{"team":"blue"}}',
        run, count))
end
