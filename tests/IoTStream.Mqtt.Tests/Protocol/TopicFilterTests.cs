using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Tests.Protocol;

[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class TopicFilterTests
{
    [TestCase("a/b", "a/b", true)]
    [TestCase("a/b", "a/b/c", false)]
    [TestCase("a/b/c", "a/b", false)]
    [TestCase("+/b", "a/b", true)]
    [TestCase("a/+", "a/b", true)]
    [TestCase("a/+", "a/", true)]
    [TestCase("a/+", "a", false)]
    [TestCase("+", "a/b", false)]
    [TestCase("+/+", "/a", true)]
    [TestCase("/+", "/a", true)]
    [TestCase("+", "/a", false)]
    [TestCase("#", "a/b/c", true)]
    [TestCase("a/#", "a", true)]
    [TestCase("a/#", "a/b/c", true)]
    [TestCase("a/#", "ab", false)]
    [TestCase("a/+/#", "a", false)]
    [TestCase("a/+/#", "a/b", true)]
    [TestCase("#", "$SYS/x", false)]
    [TestCase("+/x", "$SYS/x", false)]
    [TestCase("$SYS/#", "$SYS/x", true)]
    [TestCase("a/+", "a/$x", true)]
    public void Filters_match_as_the_specification_says(string filter, string topic, bool expected) =>
        TopicFilter.Matches(filter, topic).Should().Be(expected);

    [TestCase("a", true)]
    [TestCase("/", true)]
    [TestCase("+/a/+", true)]
    [TestCase("#", true)]
    [TestCase("$share/group/a/#", true)]
    [TestCase("", false)]
    [TestCase("a+", false)]
    [TestCase("a/b#", false)]
    [TestCase("#/a", false)]
    [TestCase("a\0", false)]
    [TestCase("$share/", false)]
    [TestCase("$share/a", false)]
    [TestCase("$share//a", false)]
    [TestCase("$share/+/a", false)]
    [TestCase("$share/a/", false)]
    public void Filters_are_checked(string filter, bool valid) => (TopicFilter.FindFault(filter) is null).Should().Be(valid);
}
