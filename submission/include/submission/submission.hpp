#pragma once

#include "submission/batch.hpp"
#include "submission/client.hpp"
#include "submission/content.hpp"
#include "submission/destination.hpp"
#include "submission/events.hpp"
