using System.Runtime.CompilerServices;
using IoTStream.Connectors;

namespace IoTStream.Core.Tests.Connectors;

public sealed class AsyncEnumerableSourceTests
{
    private static async IAsyncEnumerable<int> Count(int to, Action<int>? pulled = null, [EnumeratorCancellation] CancellationToken token = default)
    {
        for (int i = 0; i < to; i++)
        {
            if (i % 7 == 0)
            {
                await Task.Yield();
            }

            token.ThrowIfCancellationRequested();
            pulled?.Invoke(i);
            yield return i;
        }
    }

    [Test]
    public async Task All_records_come_in_order_through_a_small_queue([Values(1, 2, 64)] int capacity, [Values(1, 3, 1000)] int batchSize)
    {
        await using OpenedSource<int> opened = await OpenedSource<int>.OpenAsync(Source.From(Count(500), capacity), batchSize);

        (await opened.ReadToEndAsync()).Should().Equal(Enumerable.Range(0, 500));
    }

    [Test]
    public async Task A_stream_that_is_not_read_is_held_back()
    {
        int pulled = 0;
        await using OpenedSource<int> opened =
            await OpenedSource<int>.OpenAsync(Source.From(Count(10_000, i => Volatile.Write(ref pulled, i + 1)), capacity: 10), batchSize: 4);

        // The queue's ten and the one that waits for room.
        await Within.Until(() => Volatile.Read(ref pulled) == 11);
        opened.Read();
        await Within.Until(() => Volatile.Read(ref pulled) == 15);
    }

    [Test]
    public async Task An_exception_of_the_stream_comes_out_after_its_records_with_its_own_stack()
    {
        static async IAsyncEnumerable<int> Broken()
        {
            yield return 1;
            await Task.Yield();
            throw new NotSupportedException("broken");
        }

        await using OpenedSource<int> opened = await OpenedSource<int>.OpenAsync(Source.From(Broken()));
        Func<Task> read = opened.ReadToEndAsync;

        (await read.Should().ThrowAsync<NotSupportedException>()).Which.StackTrace.Should().Contain(nameof(Broken));
        opened.Records[0].Should().Equal(1);
    }

    [Test]
    public async Task A_cancellation_that_the_job_did_not_ask_for_is_a_failure()
    {
        static async IAsyncEnumerable<int> TimesOut()
        {
            await Task.Yield();
            yield return 1;
            throw new TaskCanceledException("a request timed out");
        }

        await using OpenedSource<int> opened = await OpenedSource<int>.OpenAsync(Source.From(TimesOut()));
        await ((Func<Task>)opened.ReadToEndAsync).Should().ThrowAsync<TaskCanceledException>();
    }

    [Test]
    public async Task Draining_hands_out_what_was_taken_and_ends()
    {
        int pulled = 0;
        await using OpenedSource<int> opened =
            await OpenedSource<int>.OpenAsync(Source.From(Count(10_000, i => Volatile.Write(ref pulled, i + 1)), capacity: 10));
        await Within.Until(() => Volatile.Read(ref pulled) == 11);

        ((IDrainable)opened.Readers[0]).BeginDrain();

        (await opened.ReadToEndAsync()).Should().Equal(Enumerable.Range(0, 11), "the record that waited for room was taken too");
    }

    [Test]
    public async Task A_stream_that_ignores_its_token_does_not_hold_up_the_drain()
    {
        var clock = new FakeClock();
        var asked = new TaskCompletionSource();
        var never = new TaskCompletionSource();
        bool closed = false;
        async IAsyncEnumerable<int> Deaf()
        {
            try
            {
                yield return 1;
                asked.SetResult();
                await never.Task;
                yield return 2;
            }
            finally
            {
                Volatile.Write(ref closed, true);
            }
        }

        OpenedSource<int> opened = await OpenedSource<int>.OpenAsync(Source.From(Deaf()), clock: clock);
        await opened.NotificationAsync();
        opened.ReadAvailable();
        await Within.Time(asked.Task);

        ((IDrainable)opened.Readers[0]).BeginDrain();
        await Within.Until(() => clock.Armed == 1);
        opened.ReadAvailable();
        opened.HasEnded.Should().BeFalse("the stream still has time to react");

        clock.Advance(AsyncEnumerableReader<int>.Grace);
        (await opened.ReadToEndAsync()).Should().Equal(1);
        await opened.DisposeAsync();

        never.SetResult();
        await Within.Until(() => Volatile.Read(ref closed));
    }

    [Test]
    public async Task Disposal_in_the_middle_ends_the_enumeration_before_it_returns()
    {
        bool closed = false;
        async IAsyncEnumerable<int> Endless([EnumeratorCancellation] CancellationToken token = default)
        {
            try
            {
                while (true)
                {
                    yield return 1;
                    await Task.Delay(Timeout.Infinite, token);
                }
            }
            finally
            {
                closed = true;
            }
        }

        OpenedSource<int> opened = await OpenedSource<int>.OpenAsync(Source.From(Endless()));
        await opened.NotificationAsync();
        opened.ReadAvailable();
        await opened.DisposeAsync();

        closed.Should().BeTrue();
    }

    [Test]
    public void A_queue_without_room_is_refused() =>
        ((Action)(static () => Source.From(Count(1), capacity: 0))).Should().Throw<ArgumentOutOfRangeException>();
}
