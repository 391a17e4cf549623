#pragma once

#include "callout/events.hpp"
#include "callout/request.hpp"

namespace vouchd {

/// On what occasion a decision is made: a mail server waits with a message, or a person wants a report.
enum class occasion { mail, report };

/// How a decision is to be made. The watcher is borrowed until it is made.
class wish {
public:
    explicit wish(vouchd::occasion on, callout::cache_use with = callout::cache_use::normal,
                  callout::observer* by = nullptr)
        : occasion(on), cache(with), watcher(by) {}

    vouchd::occasion occasion;
    callout::cache_use cache;
    callout::observer* watcher;  ///< hears of each event of a callout; may be null
};

}  // namespace vouchd
