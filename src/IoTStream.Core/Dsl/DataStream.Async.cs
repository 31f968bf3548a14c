using IoTStream.Connectors;
using IoTStream.Operators;
using IoTStream.Plan;

namespace IoTStream.Dsl;

public sealed partial class DataStream<T>
{
    /// <summary>
    /// Maps each record to another by an asynchronous call, such as a look-up in a database or a service. Several calls are under way at once; when
    /// there are as many as allowed, the input waits.
    /// </summary>
    /// <param name="call">
    /// The function. It is started on the lane, so it should not block before it first awaits. Its token is cancelled when its time is over or
    /// the job ends.
    /// </param>
    /// <param name="options">How many at once, whether in order, how long, how often; by default as <see cref="AsyncOptions"/> says.</param>
    /// <param name="onError">What happens to a record all of whose attempts have failed.</param>
    /// <param name="name">The name of the step; one is made up if there is none.</param>
    /// <typeparam name="TResult">The type of the results, which take over the timestamp and origin of their records.</typeparam>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public DataStream<TResult> SelectAsync<TResult>(
        Func<T, CancellationToken, ValueTask<TResult>> call,
        AsyncOptions? options = null,
        ErrorPolicy onError = ErrorPolicy.Fail,
        string? name = null)
    {
        ArgumentNullException.ThrowIfNull(call);
        return SelectAsync((record, _, cancellationToken) => call(record, cancellationToken), options, onError, name);
    }

    /// <inheritdoc cref="SelectAsync{TResult}(Func{T, CancellationToken, ValueTask{TResult}}, AsyncOptions?, ErrorPolicy, string?)"/>
    public DataStream<TResult> SelectAsync<TResult>(
        Func<T, RecordContext, CancellationToken, ValueTask<TResult>> call,
        AsyncOptions? options = null,
        ErrorPolicy onError = ErrorPolicy.Fail,
        string? name = null)
    {
        ArgumentNullException.ThrowIfNull(call);
        options ??= new AsyncOptions();
        AsyncOptions.Validate(options);
        var settings = new CallSettings(
            options.MaxInFlight, options.KeepOrder, options.Timeout, options.Attempts, options.RetryDelay, options.MaxRetryDelay);
        return Append(new SelectAsyncNode<T, TResult>(Node, call, settings, name) { ErrorPolicy = onError });
    }
}
