using System.Threading.Channels;
using IoTStream.Connectors;

namespace IoTStream.Core.Tests.Connectors;

public sealed class ChannelSinkTests
{
    [Test]
    public async Task Records_arrive_in_order_and_the_channel_ends_with_them()
    {
        var channel = Channel.CreateUnbounded<int>();
        await OpenedSink<int>.WriteAllAsync(ChannelSink.To(channel.Writer), Enumerable.Range(0, 1000));

        (await ToListAsync(channel)).Should().Equal(Enumerable.Range(0, 1000));
    }

    [Test]
    public async Task A_full_channel_holds_the_writer_back()
    {
        var channel = Channel.CreateBounded<int>(2);
        await using OpenedSink<int> opened = await OpenedSink<int>.OpenAsync(ChannelSink.To(channel.Writer));
        Task writing = opened.WriteAsync(1, 2, 3);
        writing.IsCompleted.Should().BeFalse();
        channel.Reader.Count.Should().Be(2);

        (await channel.Reader.ReadAsync()).Should().Be(1);
        await writing;
    }

    [Test]
    public async Task A_job_that_does_not_complete_fails_the_readers_of_the_channel()
    {
        var channel = Channel.CreateBounded<int>(1);
        OpenedSink<int> opened = await OpenedSink<int>.OpenAsync(ChannelSink.To(channel.Writer));
        Task writing = opened.WriteAsync(1, 2);
        await opened.CancelAsync();
        await writing.Invoking(static task => task).Should().ThrowAsync<OperationCanceledException>();
        await opened.DisposeAsync();

        (await channel.Reader.ReadAsync()).Should().Be(1);
        (await channel.Reader.Completion.Invoking(static task => task).Should().ThrowAsync<IncompleteStreamException>())
            .Which.Should().BeEquivalentTo(new { Topology = "topology", Step = "sink" });
    }

    [Test]
    public async Task A_channel_that_outlives_the_job_is_left_open([Values] bool completes)
    {
        var channel = Channel.CreateUnbounded<int>();
        OpenedSink<int> opened = await OpenedSink<int>.OpenAsync(ChannelSink.To(channel.Writer, complete: false));
        if (completes)
        {
            await opened.CompleteAsync();
        }

        await opened.DisposeAsync();

        channel.Writer.TryWrite(1).Should().BeTrue();
    }

    [Test]
    public async Task A_channel_that_somebody_else_completes_fails_the_job()
    {
        var channel = Channel.CreateUnbounded<int>();
        await using OpenedSink<int> opened = await OpenedSink<int>.OpenAsync(ChannelSink.To(channel.Writer));
        channel.Writer.Complete();

        await opened.Awaiting(static sink => sink.WriteAsync(1)).Should().ThrowAsync<ChannelClosedException>();
    }

    private static async Task<List<int>> ToListAsync(Channel<int> channel)
    {
        var records = new List<int>();
        await foreach (int record in channel.Reader.ReadAllAsync())
        {
            records.Add(record);
        }

        return records;
    }
}
