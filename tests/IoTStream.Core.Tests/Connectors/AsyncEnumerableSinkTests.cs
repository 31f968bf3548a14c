using IoTStream.Connectors;

namespace IoTStream.Core.Tests.Connectors;

public sealed class AsyncEnumerableSinkTests
{
    [Test]
    public async Task Records_are_enumerated_in_order_until_the_stream_is_complete([Values(1, 16)] int capacity)
    {
        var sink = new AsyncEnumerableSink<int>(capacity);
        Task<List<int>> enumerating = ToListAsync(sink);
        await OpenedSink<int>.WriteAllAsync(sink, Enumerable.Range(0, 1000));

        (await Within.Time(enumerating)).Should().Equal(Enumerable.Range(0, 1000));
    }

    [Test]
    public async Task Nobody_enumerating_holds_the_writer_back()
    {
        var sink = new AsyncEnumerableSink<int>(capacity: 2);
        await using OpenedSink<int> opened = await OpenedSink<int>.OpenAsync(sink);
        Task writing = opened.WriteAsync(1, 2, 3, 4, 5);
        writing.IsCompleted.Should().BeFalse();

        Task<List<int>> enumerating = ToListAsync(sink);
        await writing;
        await opened.CompleteAsync();
        (await Within.Time(enumerating)).Should().Equal(1, 2, 3, 4, 5);
    }

    [Test]
    public async Task Leaving_early_frees_a_writer_that_waits_and_lets_the_job_go_on()
    {
        var sink = new AsyncEnumerableSink<int>(capacity: 2);
        await using OpenedSink<int> opened = await OpenedSink<int>.OpenAsync(sink);
        Task writing = opened.WriteAsync([.. Enumerable.Range(0, 100)]);
        await foreach (int first in sink)
        {
            first.Should().Be(0);
            break;
        }

        await writing;
        await opened.WriteAsync([.. Enumerable.Range(0, 100)]);
        await opened.CompleteAsync();
    }

    [Test]
    public async Task An_enumeration_that_waits_is_ended_by_its_token()
    {
        var sink = new AsyncEnumerableSink<int>();
        await using OpenedSink<int> opened = await OpenedSink<int>.OpenAsync(sink);
        using var cancellation = new CancellationTokenSource();
        Task<List<int>> enumerating = ToListAsync(sink, cancellation.Token);
        await cancellation.CancelAsync();

        await Within.Time(enumerating).Invoking(static task => task).Should().ThrowAsync<OperationCanceledException>();
        await opened.WriteAsync(1);
        await opened.CompleteAsync();
    }

    [Test]
    public async Task A_job_that_does_not_complete_fails_the_enumeration_after_its_records()
    {
        var sink = new AsyncEnumerableSink<int>();
        OpenedSink<int> opened = await OpenedSink<int>.OpenAsync(sink);
        await opened.WriteAsync(1);
        await opened.DisposeAsync();

        await using IAsyncEnumerator<int> enumerator = sink.GetAsyncEnumerator();
        (await enumerator.MoveNextAsync()).Should().BeTrue();
        await enumerator.Awaiting(static e => e.MoveNextAsync().AsTask())
            .Should().ThrowAsync<IncompleteStreamException>().WithMessage("*'topology'*'sink'*Completion*");
    }

    [Test]
    public async Task It_serves_one_job_and_one_enumeration()
    {
        var sink = new AsyncEnumerableSink<int>();
        await using OpenedSink<int> opened = await OpenedSink<int>.OpenAsync(sink);
        await sink.Awaiting(OpenedSink<int>.OpenAsync).Should().ThrowAsync<InvalidOperationException>().WithMessage("*one for each job*");

        await using IAsyncEnumerator<int> enumerator = sink.GetAsyncEnumerator();
        sink.Invoking(static s => s.GetAsyncEnumerator()).Should().Throw<InvalidOperationException>();
    }

    private static async Task<List<int>> ToListAsync(AsyncEnumerableSink<int> sink, CancellationToken token = default)
    {
        var records = new List<int>();
        await foreach (int record in sink.WithCancellation(token))
        {
            records.Add(record);
        }

        return records;
    }
}
