using IoTStream.Connectors;
using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>What is kept of partial matches when the job restarts.</summary>
internal sealed partial class PatternOperator<TKey, TIn, TOut>
{
    private void Keep(StepState state, KeySelector<TIn, TKey> key)
    {
        state.Add(new BufferedRecords<TKey, TIn>("waiting", _waiting, key.Invoke, state));
        state.Add(new DurableStateTable<TKey, KeyMatches>(
            "matches", _keys, state.Serializers.Of<TKey>(), new Matches(this, state.Serializers.Of<TIn>(), state.Serializers.Of<RecordContext>())));
    }

    /// <summary>The partial matches of a key as bytes. They are those of just this pattern: another one would take them for something else.</summary>
    private sealed class Matches(PatternOperator<TKey, TIn, TOut> owner, StateSerializer<TIn> values, StateSerializer<RecordContext> contexts) : EntryValues
    {
        public override string Format { get; } = StateFormat.Of(owner._program.Description, contexts.Format, values.Format);

        public override void Write(StateWriter writer, int place) => owner._matches.Write(writer, in owner._keys.StateAt(place), values, contexts);

        public override void Read(ref StateReader reader, int place)
        {
            Remove(place);
            owner._matches.Read(ref reader, ref owner._keys.StateAt(place), values, contexts);
        }

        public override void Remove(int place)
        {
            ref KeyMatches key = ref owner._keys.StateAt(place);
            if (key.Entries > 0)
            {
                owner._matches.Free(ref key);
            }
        }

        public override void OnRestored()
        {
            for (int place = 0; place < owner._keys.Places; place++)
            {
                if (owner._keys.IsAt(place))
                {
                    owner.ScheduleAgain(place);
                }
            }
        }

        public override EntryValues? Reading(string format) =>
            StateFormat.PartsOf(format) is [var pattern, var oldContexts, var oldValues]
            && string.Equals(pattern, owner._program.Description, StringComparison.Ordinal)
            && contexts.Reading(oldContexts) is { } readsContexts
            && values.Reading(oldValues) is { } readsValues
                ? new Matches(owner, readsValues, readsContexts)
                : null;
    }

    private void ScheduleAgain(int place)
    {
        ref KeyMatches key = ref _keys.StateAt(place);
        if (key.First == None)
        {
            // It was only there because time had not passed yet.
            _keys.RemoveAt(place);
            return;
        }

        long limit = long.MaxValue;
        for (int index = key.First; index != None; index = _matches[index].Next)
        {
            limit = Math.Min(limit, _matches[index].Deadline);
        }

        if (limit != PatternSettings.AnyTime)
        {
            key.IsScheduled = true;
            Schedule(place, limit);
        }
    }
}
