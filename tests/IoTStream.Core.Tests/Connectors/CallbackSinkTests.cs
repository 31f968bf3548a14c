using IoTStream.Connectors;

namespace IoTStream.Core.Tests.Connectors;

public sealed class CallbackSinkTests
{
    [Test]
    public async Task Calls_come_one_at_a_time_and_in_order()
    {
        var records = new List<int>();
        int running = 0;
        ISink<int> sink = CallbackSink.Each<int>(async (record, token) =>
        {
            Interlocked.Increment(ref running).Should().Be(1);
            if (record % 3 == 0)
            {
                await Task.Yield();
            }

            records.Add(record);
            Interlocked.Decrement(ref running);
        });

        await OpenedSink<int>.WriteAllAsync(sink, Enumerable.Range(0, 100), batchSize: 7);

        records.Should().Equal(Enumerable.Range(0, 100));
    }

    [Test]
    public async Task The_context_is_that_of_the_record()
    {
        var seen = new List<(string, long)>();
        ISink<string> sink = CallbackSink.Each<string>((record, context, _) =>
        {
            context.Source.Should().Be("source");
            seen.Add((record, context.TimestampTicks));
            return default;
        });

        await OpenedSink<string>.WriteAllAsync(sink, ["a", "b"]);

        seen.Should().Equal(("a", 0), ("b", 1));
    }

    [Test]
    public async Task A_waiting_call_sees_the_cancellation_and_an_exception_comes_out_as_it_is()
    {
        await using OpenedSink<int> opened = await OpenedSink<int>.OpenAsync(
            CallbackSink.Each<int>(static (record, token) => record == 0
                ? throw new NotSupportedException("broken")
                : new ValueTask(Task.Delay(Timeout.Infinite, token))));

        await opened.Awaiting(static sink => sink.WriteAsync(0)).Should().ThrowAsync<NotSupportedException>().WithMessage("broken");
        Task writing = opened.WriteAsync(1);
        await opened.CancelAsync();
        await writing.Invoking(static task => task).Should().ThrowAsync<OperationCanceledException>();
    }
}
