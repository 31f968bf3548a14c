namespace IoTStream.State;

/// <summary>
/// The states of a function, declared in its constructor. Each has a name, by which it is found again after a restart, so that others
/// can be added or left out.
/// </summary>
/// <remarks>Not thread-safe.</remarks>
public sealed class StateSet
{
    private readonly List<KeyedState> _states = [];
    private bool _isBound;

    internal StateSet()
    {
    }

    internal IReadOnlyList<KeyedState> All => _states;

    /// <summary>Declares one value for each key.</summary>
    /// <param name="name">The name, unique in the function and the same over restarts.</param>
    /// <param name="initial">What is read where there is none.</param>
    /// <param name="ttl">How long it is remembered; by default until it is cleared.</param>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <exception cref="ArgumentException">The name is empty or taken.</exception>
    public ValueState<T> Value<T>(string name, T initial = default!, StateTtl? ttl = null) => Add(new ValueState<T>(name, initial, ttl));

    /// <summary>Declares a list for each key.</summary>
    /// <param name="name">The name, unique in the function and the same over restarts.</param>
    /// <param name="ttl">How long it is remembered after it was last changed; by default until it is cleared.</param>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <exception cref="ArgumentException">The name is empty or taken.</exception>
    public ListState<T> List<T>(string name, StateTtl? ttl = null) => Add(new ListState<T>(name, ttl));

    /// <summary>Declares a map for each key.</summary>
    /// <param name="name">The name, unique in the function and the same over restarts.</param>
    /// <param name="ttl">How long it is remembered after it was last changed; by default until it is cleared.</param>
    /// <typeparam name="TEntry">The type of the entries' keys.</typeparam>
    /// <typeparam name="TValue">The type of the entries' values.</typeparam>
    /// <exception cref="ArgumentException">The name is empty or taken.</exception>
    public MapState<TEntry, TValue> Map<TEntry, TValue>(string name, StateTtl? ttl = null)
        where TEntry : notnull => Add(new MapState<TEntry, TValue>(name, ttl));

    internal TState Add<TState>(TState state)
        where TState : KeyedState
    {
        if (_isBound)
        {
            throw new InvalidOperationException($"State '{state.Name}' was declared after the job had started: declare states in the constructor.");
        }

        if (_states.Exists(declared => string.Equals(declared.Name, state.Name, StringComparison.Ordinal)))
        {
            throw new ArgumentException($"There are two states named '{state.Name}' in one function: they are found again by their names.", nameof(state));
        }

        _states.Add(state);
        return state;
    }

    internal void Bind(StateScope scope, bool hasEventTime)
    {
        if (_isBound)
        {
            throw new InvalidOperationException(
                "The factory of a process function gave the same instance twice: each lane has its own, so it has to create a new one each time.");
        }

        _isBound = true;
        foreach (KeyedState state in _states)
        {
            if (state.Ttl is { IsEventTime: true } && !hasEventTime)
            {
                throw new InvalidOperationException(
                    $"State '{state.Name}' expires by event time, but the records have none: call WithEventTime after the source, or let it expire by " +
                    "processing time.");
            }

            state.Bind(scope);
        }
    }
}
