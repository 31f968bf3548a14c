namespace IoTStream.Operators;

/// <summary>A process function without a class of its own: processes a record together with what is remembered of its key.</summary>
/// <param name="state">What is remembered of the key, to be changed in place.</param>
/// <param name="record">The record.</param>
/// <param name="context">What is known besides, and what can be done.</param>
/// <typeparam name="TKey">The type of the key.</typeparam>
/// <typeparam name="T">The type of the records.</typeparam>
/// <typeparam name="TState">What is remembered of a key; best a struct.</typeparam>
/// <typeparam name="TOut">The type of the results.</typeparam>
public delegate void RecordProcessor<TKey, in T, TState, TOut>(ref TState state, T record, KeyedProcessContext<TKey, TOut> context)
    where TKey : notnull;

/// <summary>What is done when a timer is due that a <see cref="RecordProcessor{TKey, T, TState, TOut}"/> has set.</summary>
/// <param name="state">What is remembered of the key, to be changed in place.</param>
/// <param name="timer">The timer.</param>
/// <param name="context">What is known besides, and what can be done.</param>
/// <typeparam name="TKey">The type of the key.</typeparam>
/// <typeparam name="TState">What is remembered of a key; best a struct.</typeparam>
/// <typeparam name="TOut">The type of the results.</typeparam>
public delegate void TimerProcessor<TKey, TState, TOut>(ref TState state, DueTimer timer, KeyedProcessContext<TKey, TOut> context)
    where TKey : notnull;
