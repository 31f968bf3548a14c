using IoTStream.State;

namespace IoTStream.Operators;

/// <summary>A process function made of functions, with one value a key.</summary>
internal sealed class DelegateProcess<TKey, T, TState, TOut> : KeyedProcess<TKey, T, TOut>
    where TKey : notnull
{
    private readonly Func<TState> _create;
    private readonly RecordProcessor<TKey, T, TState, TOut> _onRecord;
    private readonly TimerProcessor<TKey, TState, TOut>? _onTimer;
    private readonly ValueState<TState> _state;

    public DelegateProcess(
        Func<TState> create,
        RecordProcessor<TKey, T, TState, TOut> onRecord,
        TimerProcessor<TKey, TState, TOut>? onTimer,
        StateTtl? ttl)
    {
        _create = create;
        _onRecord = onRecord;
        _onTimer = onTimer;
        _state = States.Value<TState>("state", ttl: ttl);
    }

    public override void OnRecord(T record, KeyedProcessContext<TKey, TOut> context) => _onRecord(ref State(), record, context);

    public override void OnTimer(DueTimer timer, KeyedProcessContext<TKey, TOut> context) => _onTimer?.Invoke(ref State(), timer, context);

    private ref TState State()
    {
        if (!_state.HasValue)
        {
            // If this throws there is still no value.
            _state.Value = _create();
        }

        return ref _state.Reference();
    }
}
