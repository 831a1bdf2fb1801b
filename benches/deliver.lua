-- Posts the payload of a failed request, as the platform sends it, each with an id of its own.
local count = 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local thread = tostring(math.random(1, 1000000000))

request = function()
    count = count + 1
    return wrk.format(nil, nil, nil, string.format(
        '{"event":"deployment_request_failed","deployment_name":"deployment-1","deployment_version_name":"v1",' ..
        '"request_id":"%s-%d","status":"failed","text":"Request of deployment deployment-1 failed"}',
        thread, count))
end
