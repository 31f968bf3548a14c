using System.Collections.ObjectModel;
using FsCheck;
using FsCheck.Fluent;
using IoTStream.Connectors;

namespace IoTStream.Core.Tests.Connectors;

public sealed class CollectionSourceTests
{
    private static readonly string[] Words = ["a", "b", "c"];

    private static IEnumerable<ISource<int>> SourcesOf(int[] items) =>
    [
        Source.From(items),
        Source.From<int>(items.AsMemory()),
        Source.From(new List<int>(items)),
        Source.From(new ReadOnlyCollection<int>(items)),
        Source.From(items.Select(static item => item)),
    ];

    [Test]
    public void Every_kind_of_collection_is_read_in_order_whatever_the_batch_size() =>
        Prop.ForAll(Gen.Choose(1, 20).ToArbitrary(), Gen.ArrayOf(Gen.Choose(0, 9)).ToArbitrary(), static (batchSize, items) =>
        {
            foreach (ISource<int> source in SourcesOf(items))
            {
                Run.Now(async () =>
                {
                    await using OpenedSource<int> opened = await OpenedSource<int>.OpenAsync(source, batchSize);
                    (await opened.ReadToEndAsync()).Should().Equal(items);
                });
            }
        }).QuickCheckThrowOnFailure();

    [Test]
    public async Task A_source_can_be_opened_again()
    {
        foreach (ISource<int> source in SourcesOf([1, 2, 3]))
        {
            for (int job = 0; job < 2; job++)
            {
                await using OpenedSource<int> opened = await OpenedSource<int>.OpenAsync(source);
                (await opened.ReadToEndAsync()).Should().Equal(1, 2, 3);
            }
        }
    }

    [Test]
    public async Task Partitions_have_a_reader_each()
    {
        ISource<int> source = Source.Partitioned([1, 2], new List<int> { 3 }, Enumerable.Range(4, 2));

        await using OpenedSource<int> opened = await OpenedSource<int>.OpenAsync(source);
        await opened.ReadToEndAsync();

        opened.Records.Should().BeEquivalentTo(new int[][] { [1, 2], [3], [4, 5] }, static o => o.WithStrictOrdering());
        opened.Readers.Select(static reader => reader.Partitions.Single().Index).Should().Equal(0, 1, 2);
        opened.Readers.Select(static reader => reader.Partitions.Single().Name).Should().OnlyHaveUniqueItems();
    }

    [Test]
    public void Partitions_that_are_missing_are_refused()
    {
        ((Action)(static () => Source.Partitioned<int>())).Should().Throw<ArgumentException>().WithMessage("*at least one collection*");
        ((Action)(static () => Source.Partitioned<int>([1], null!))).Should().Throw<ArgumentException>();
    }

    [Test]
    public async Task A_more_general_type_can_be_read_from_an_array()
    {
        await using OpenedSource<object> opened = await OpenedSource<object>.OpenAsync(Source.From<object>(Words));

        (await opened.ReadToEndAsync()).Should().Equal(Words);
    }

    [Test]
    public async Task Changing_a_list_while_it_is_read_is_found_out()
    {
        var items = new List<int> { 1, 2, 3 };
        await using OpenedSource<int> opened = await OpenedSource<int>.OpenAsync(Source.From(items), batchSize: 1);
        opened.Read();
        items.Add(4);

        opened.Invoking(static source => source.Read()).Should().Throw<InvalidOperationException>().WithMessage("*copy of its own*");
    }

    [Test]
    public async Task An_enumeration_is_pulled_no_further_than_the_batch_and_closed_in_the_middle()
    {
        int pulled = 0;
        bool closed = false;
        IEnumerable<int> Endless()
        {
            try
            {
                while (true)
                {
                    yield return pulled++;
                }
            }
            finally
            {
                closed = true;
            }
        }

        OpenedSource<int> opened = await OpenedSource<int>.OpenAsync(Source.From(Endless()), batchSize: 7);
        opened.Read().Should().Be(ReadStatus.More);
        pulled.Should().Be(7);
        await opened.DisposeAsync();
        closed.Should().BeTrue();
    }

    [Test]
    public async Task An_exception_of_the_enumeration_comes_out_as_it_is()
    {
        static IEnumerable<int> Broken()
        {
            yield return 1;
            throw new NotSupportedException("broken");
        }

        await using OpenedSource<int> opened = await OpenedSource<int>.OpenAsync(Source.From(Broken()));
        opened.Invoking(static source => source.Read()).Should().Throw<NotSupportedException>().WithMessage("broken");
    }
}
