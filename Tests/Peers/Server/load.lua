-- Asks for page after page, and looks whether each answer is the right one: the page itself, or for every hundredth that
-- it failed. A thread's pages are its own, so that none is asked for twice.
local all = {}
function setup(thread)
    thread:set("id", #all)
    table.insert(all, thread)
end

local route
function init(arguments)
    route = arguments[1]
    page = id * 1000000000
    right, failed, wrong = 0, 0, 0
end

function request()
    page = page + 1
    return wrk.format("GET", "/" .. route .. "/" .. page)
end

-- 1,250,000 steps of the generator are one with these numbers; products are taken in halves, for a number here has 53 bits.
local a, c = 3000295233, 3358186000
local function product(x, y)
    local high = (math.floor(x / 65536) * y) % 65536
    return (high * 65536 + (x % 65536) * y) % 4294967296
end

function response(status, headers, body)
    local number, rest = body:match("^(%d+) (.*)\n$")
    number = tonumber(number)
    if status == 200 and number and number % 100 ~= 99
        and tonumber(rest) == (product(number % 4294967296, a) + c) % 4294967296 then
        right = right + 1
    elseif status == 500 and number and number % 100 == 99 and rest:find("^failed") then
        failed = failed + 1
    else
        wrong = wrong + 1
    end
end

function done(summary, latency, requests)
    local right, failed, wrong = 0, 0, 0
    for _, thread in ipairs(all) do
        right = right + thread:get("right"); failed = failed + thread:get("failed"); wrong = wrong + thread:get("wrong")
    end
    io.write(string.format("%d %d %d %d %.0f %.3f %.3f\n", right, failed, wrong,
        summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
        (right + failed) / (summary.duration / 1e6), latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
