#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "world/language/pattern.hpp"

/// What a world expects of whoever verifies addresses in it: its own tests.
namespace testmta::world {

/// In the words of smtp-callout.md 3.9.
struct finding {
    std::string verdict;
    std::string reason;
};

/// How long the asker can wait: an MTA's patience, or a queue's.
enum class patience { hard, soft };

/// One fact of the answer: `catch_all yes`, `connections 2`.
struct fact {
    enum class kind {
        strength,
        exists,
        catch_all,
        rejects_null,
        cached,
        code,
        retry_after,
        connections,
        within,
        text
    } what;
    std::string value;
};

/// What the engine is asked for.
class asking {
public:
    std::string address;
    bool refresh = false;  ///< the network is asked, whatever is known
    std::string client;    ///< whose mail is the cause; empty: nobody's
};

/// The address is asked, and this must be the answer.
class question : public asking {
public:
    std::optional<finding> hard;  ///< without both: anything but a refusal
    std::optional<finding> soft;  ///< while an MTA waits; asked first
    std::vector<fact> facts;
};

/// The address is asked, and nobody waits for the answer.
struct start {
    asking what;
};

/// Time passes.
struct pause {
    std::chrono::microseconds time;
};

/// How often something must have happened.
struct amount {
    std::uint32_t least = 0;
    std::uint32_t most = UINT32_MAX;
};

/// What a peer must have seen by now.
class sighting {
public:
    enum class kind { connections, at_once, hears } what = kind::connections;
    std::string peer;
    std::optional<pattern> command;  ///< of `hears`
    amount times;
};

/// A setting of the engine, for one entry.
struct setting {
    std::string name;
    std::string value;
};

using entry_step = std::variant<question, start, pause, sighting>;

/// One story with its expected ends: an entry of a zoo.
class entry {
public:
    std::string number;    ///< empty for an `expect` that stands alone
    std::string title;     ///< its name
    std::string sentence;  ///< what the peer does
    bool waits = false;    ///< too long for real time
    std::vector<setting> settings;
    std::vector<entry_step> steps;
};

}  // namespace testmta::world
