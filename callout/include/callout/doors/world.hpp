#pragma once

#include "callout/doors/clock.hpp"
#include "callout/doors/random.hpp"
#include "callout/doors/resolver.hpp"
#include "callout/doors/shared.hpp"
#include "callout/doors/store.hpp"
#include "callout/doors/stream.hpp"

namespace callout {

/// What the engine sees of the world. All are borrowed, and outlive the engine. When it has ended, callouts
/// and lookups that nobody waits for may still be on its executor: run that until the engine is `idle`
/// before the world ends, or never again. To destroy it with what is left needs no world. `lasting` and
/// `shared` may be null.
struct world {
    callout::clock& clock;
    callout::connector& connector;
    callout::resolver& resolver;
    callout::random& random;
    callout::store* lasting = nullptr;
    callout::shared_store* shared = nullptr;
};

}  // namespace callout
